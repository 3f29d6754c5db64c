-- loses-data: identities
DROP TABLE identities;
