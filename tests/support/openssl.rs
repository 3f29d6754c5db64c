//! An implementation other than ours: the `openssl` command line verifies a token from nothing but its JWK.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Tags of DER (X.690) that a public key and an ECDSA signature are written with.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// Contents of `AlgorithmIdentifier`: the object identifiers, with their parameters where there are any.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const EC_P256: &[u8] =
    &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Whether the signature of `token` (a JWS in compact form) is one of the key in `jwk`, by the algorithm in `jwk`.
///
/// Panics where the `openssl` command is missing, or the JWK or the token is not what it should be.
pub fn verify_jws_with_openssl(jwk: &Value, token: &str) -> bool {
    let (signed, signature) = token.rsplit_once('.').expect("a token has three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature is base64url");
    let algorithm = jwk["alg"].as_str().expect("the JWK names its algorithm");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a temporary file");
        path
    };
    let key = write("key.der", &public_key_info(jwk));
    let message = write("message", signed.as_bytes());

    let mut openssl = Command::new("openssl");
    if algorithm == "EdDSA" {
        openssl.args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey"]).arg(key);
        openssl.arg("-sigfile").arg(write("signature", &signature)).arg("-in").arg(message);
    } else {
        let signature = if algorithm == "ES256" { ecdsa_signature(&signature) } else { signature };
        openssl.args(["dgst", "-sha256", "-keyform", "DER", "-verify"]).arg(key);
        openssl.arg("-signature").arg(write("signature", &signature)).arg(message);
    }
    openssl.output().expect("the openssl command is installed").status.success()
}

/// The JWK as `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).
fn public_key_info(jwk: &Value) -> Vec<u8> {
    let member = |name: &str| {
        let text = jwk[name].as_str().unwrap_or_else(|| panic!("the JWK has a member {name}"));
        URL_SAFE_NO_PAD.decode(text).expect("a member is base64url")
    };
    let (algorithm, key) = match jwk["kty"].as_str() {
        Some("OKP") => (ED25519, member("x")),
        Some("EC") => (EC_P256, [vec![4], member("x"), member("y")].concat()),
        Some("RSA") => (RSA, der(SEQUENCE, &[unsigned(&member("n")), unsigned(&member("e"))].concat())),
        other => panic!("a key of the type {other:?}"),
    };
    // A bit string opens with the number of bits that its last byte leaves unused.
    let key = der(BIT_STRING, &[vec![0], key].concat());
    der(SEQUENCE, &[der(SEQUENCE, algorithm), key].concat())
}

/// JOSE writes r and s side by side (RFC 7518, section 3.4), OpenSSL wants a sequence of two integers.
fn ecdsa_signature(raw: &[u8]) -> Vec<u8> {
    assert_eq!(raw.len(), 64, "an ES256 signature has 64 bytes");
    der(SEQUENCE, &[unsigned(&raw[..32]), unsigned(&raw[32..])].concat())
}

/// A number without a sign: no zeros in front, but for the one that keeps a set top bit from meaning "negative".
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let mut number = bytes[start..].to_vec();
    if number.first().is_none_or(|first| first & 0x80 != 0) {
        number.insert(0, 0);
    }
    der(INTEGER, &number)
}

/// Tag, length (in its short or long form), content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.extend(u8::try_from(content.len()));
    } else {
        out.push(0x80 | u8::try_from(significant.len()).expect("a length of at most eight bytes"));
        out.extend(significant);
    }
    out.extend(content);
    out
}
