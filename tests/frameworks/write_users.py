"""Writes users whose passwords the real Werkzeug, Django and passlib have hashed, at their own default costs.

    write_users.py FOLDER

users.jsonl is what `keystead import` reads; passwords.jsonl says, for the same addresses, what they sign in with.
"""

import json
import pathlib
import sys
import unicodedata

import django
import werkzeug.security
from django.conf import settings
from passlib import hash as passlib_hash

DJANGO = "django.contrib.auth.hashers."
HASHERS = ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt"]
settings.configure(PASSWORD_HASHERS=[f"{DJANGO}{name}PasswordHasher" for name in HASHERS])
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 (needs the settings)

LONG = "fifteen letters" * 7  # 105 bytes, of which bcrypt reads 72
DECOMPOSED = unicodedata.normalize("NFD", "crème brûlée à Zürich")

makers = {}
for method in ["scrypt", "pbkdf2", "pbkdf2:sha1", "pbkdf2:sha512", "pbkdf2:sha256:260000", "scrypt:16384:8:2"]:
    makers[f"werkzeug {method}"] = lambda password, method=method: werkzeug.security.generate_password_hash(password, method)
for hasher in ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt"]:
    makers[f"django {hasher}"] = lambda password, hasher=hasher: make_password(password, hasher=hasher)
for name in ["pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "scrypt", "bcrypt", "bcrypt_sha256", "django_pbkdf2_sha256"]:
    makers[f"passlib {name}"] = getattr(passlib_hash, name).hash
passlib_hash.argon2.set_backend("argon2_cffi")  # before it is varied, or the variants lack one
for kind in ["ID", "I", "D"]:
    makers[f"passlib argon2 {kind}"] = passlib_hash.argon2.using(type=kind).hash
for ident in ["2a", "2y"]:
    makers[f"passlib bcrypt {ident}"] = passlib_hash.bcrypt.using(ident=ident).hash

people = [(name, f"{name}: pässwörd № {number} ☕", make) for number, (name, make) in enumerate(makers.items())]
people += [(f"{name}, long", LONG, makers[name]) for name in ["passlib bcrypt", "django bcrypt", "django bcrypt_sha256"]]
people += [(f"{name}, decomposed", DECOMPOSED, makers[name]) for name in ["werkzeug scrypt", "passlib argon2 ID"]]

folder = pathlib.Path(sys.argv[1])
with open(folder / "users.jsonl", "w") as users, open(folder / "passwords.jsonl", "w") as passwords:
    for number, (name, password, make) in enumerate(people):
        email = f"person{number}@example.org"
        users.write(json.dumps({"email": email, "password_hash": make(password)}) + "\n")
        passwords.write(json.dumps({"email": email, "password": password, "made_by": name}) + "\n")
