-- A role is a name for a set of permissions. `guard` is the row on which contenders for "the last administrator" meet.
CREATE TABLE roles (
    id BINARY(16) NOT NULL,
    name VARCHAR(128) NOT NULL,
    description VARCHAR(512) NULL,
    built_in BOOLEAN NOT NULL,
    guard BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY roles_name_key (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
