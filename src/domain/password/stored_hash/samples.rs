//! Hashes that other systems made of one password, with costs that a test can pay: by Werkzeug 3.1, Django 4.2, passlib
//! 1.7 and argon2-cffi 25.1. `tests/frameworks` makes them anew, at the systems' own costs.

use super::Scheme;

pub const PASSWORD: &str = "correct horse battery";
/// What the last bcrypt was made of: 80 times an x, of which bcrypt reads 72.
pub const LONG: [u8; 80] = [b'x'; 80];
pub const OF_LONG: &str = "$2b$04$rZFZUW1lpBK3yjj2uYExy.a8ee4hEevpBK2dJPG5VY02I8AgHoPFa";

pub const SAMPLES: &[(Scheme, &str)] = &[
    (
        Scheme::Scrypt,
        "scrypt:1024:8:1$NhDFhuF33HX9DixP$b88ab37b1d201bdb3548d779b9fe8b23a9645210e34cfe483fa20bde4a1708388b1fa0cd4457fe55\
         b73264efda5e0755c71583af46bc7aaec1743b73ed12ee19",
    ),
    (
        Scheme::Pbkdf2Sha256,
        "pbkdf2:sha256:1000$QSS0H9gOm2AANzj4$56878608a563a09dea7fab5a6221bdfb028fcb5d2a5ef427d0908a5b3a67ddd5",
    ),
    (Scheme::Pbkdf2Sha1, "pbkdf2:sha1:1000$ncR2GskcYfAaGX7I$75cd2fcddad67eba4d163d01b7fbb16648904796"),
    (
        Scheme::Pbkdf2Sha512,
        "pbkdf2:sha512:1000$8XoJEmlD8fp3dMEh$ff5c1f43fe32253b73da4bf92bd831d2b9415590595379845bfe77a0d3cef6be2f74d4539e56d0\
         d021cc0dc8c1f320bbf11082af0761e191a2e4b50ab2ae9356",
    ),
    (Scheme::Pbkdf2Sha256, "pbkdf2_sha256$1000$saltsaltsalt$GacV8oEzUl3KM0Mwey9yrMcTPKpkL4jXrFpbKB8oOnI="),
    (Scheme::Pbkdf2Sha1, "pbkdf2_sha1$1000$saltsaltsalt$bXetuqXv3xEiqmlwhuj1G8h56R4="),
    (
        Scheme::Scrypt,
        "scrypt$1024$saltsaltsalt$8$2$Nl4szdSW4rHpZTuiqY5kbHPWDUFqU6HgOtkLs5c7v/8Yp3w5uwMVcNuVVNOUmrphuAyJsX629DKpr5cKqqBz\
         yw==",
    ),
    (
        Scheme::Argon2id,
        "argon2$argon2id$v=19$m=64,t=1,p=2$c2FsdHNhbHRzYWx0$fmSfJRYT6LBS+l5KR3QNXNW2vEnCcktLPO5GoeyxjEA",
    ),
    (Scheme::BcryptSha256, "bcrypt_sha256$$2b$04$m27EcSpDp3wEviuW2QvQHeQfiN9Dz8F65laTPG8TTMqpU6Jjxq0GG"),
    (Scheme::Bcrypt, "bcrypt$$2b$04$yQai3.fF5w05wxWmLRH9vOJ59Mry6GTRw.gMeZZFzoYF3lxRKy.E."),
    (Scheme::Pbkdf2Sha1, "$pbkdf2$1000$CkFoDSGktJYyphTC.H.vVQ$afqXqSE/gUM9fx48enoW2cg/bjI"),
    (Scheme::Pbkdf2Sha256, "$pbkdf2-sha256$1000$klLq/V.L0Xpvba1VitG6Fw$2M1gndd6WGMUVMzFAajDdUJXu73a7G2DNj5eRV2/mTk"),
    // The same in PHC's form.
    (Scheme::Pbkdf2Sha256, "$pbkdf2-sha256$i=1000$klLq/V+L0Xpvba1VitG6Fw$2M1gndd6WGMUVMzFAajDdUJXu73a7G2DNj5eRV2/mTk"),
    (
        Scheme::Pbkdf2Sha256,
        "$pbkdf2-sha256$i=1000,l=32$klLq/V+L0Xpvba1VitG6Fw$2M1gndd6WGMUVMzFAajDdUJXu73a7G2DNj5eRV2/mTk",
    ),
    (
        Scheme::Pbkdf2Sha512,
        "$pbkdf2-sha512$1000$4BzDOOecs5byvtdaC4EwBg$mHJDhcAloMtXVJHbn97iJhpg6civNZqVYH8jGETKivisReylEElVnoAkGpziJO7DxWAOi\
         sLTFrc1yw2E3Vd68g",
    ),
    (Scheme::Scrypt, "$scrypt$ln=8,r=8,p=1$sBZiDMH43xujVGrNGWMMIQ$ci8V3Z09s/Ezf7hUCkV4qMntAKpvSmtlKmeTK+fztYM"),
    (
        Scheme::Argon2id,
        "$argon2id$v=19$m=64,t=1,p=2$w1ir9T5nbO19b63VOsd4Dw$uK6jpnw50e2f4zij7GkLFnKtTNdgem+A0Q+1yaZrt6M",
    ),
    (Scheme::Bcrypt, "$2b$04$3H4N15BtUaoWqZIOsQXd1udNALryL.7.GjIsZLTuhZ3bz/2JNPWym"),
    (Scheme::Bcrypt, "$2a$04$NyKVDLNI6OHnyW1KtU4kXOZOh9/6J4auQJ6pAaaJsCngnVgN3a7PG"),
    (Scheme::Bcrypt, "$2y$04$AhUj4djmkxRnbpGOFYUJx.SSdwF1Wj7T2r3/t7NnsU3UonXuLSGX6"),
    (Scheme::BcryptSha256, "$bcrypt-sha256$v=2,t=2b,r=4$SaC7aIXYeIRs9iQAL5wkCO$qa5XCjSsw6HJFTf4c/1RWhGhjcUZpFi"),
    (Scheme::Argon2i, "$argon2i$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$3qAr3MlfrgryK7LPcb7Kmc6kbxKkNx7EuuKAXiSQI7E"),
    // Without its version, which means 16.
    (Scheme::Argon2i, "$argon2i$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$3qAr3MlfrgryK7LPcb7Kmc6kbxKkNx7EuuKAXiSQI7E"),
    (Scheme::Argon2i, "$argon2i$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$iKaym07JgOslrFHY2B9Q6oxEJXNL7F84D+1PjRmoEWw"),
    (Scheme::Argon2d, "$argon2d$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$8XDy+m1l79ccSYpSwv4d3+kKlJL0SvehLwkfKCpDNZ8"),
    (Scheme::Argon2d, "$argon2d$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$9r2MumRHnQqQ1FQm/04K2EcI0hcaMYBxLStrepCm8+Y"),
    (
        Scheme::Argon2id,
        "$argon2id$v=16$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$qJtcM91AluhHzoDaW0VfT/JqrHoPg9X3gjbjMfe7Scs",
    ),
    (
        Scheme::Argon2id,
        "$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$uAVXsrMM+mZ5G2ryARPVtpZaov+ngefVDKuvausM2kk",
    ),
];
