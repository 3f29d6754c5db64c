// A provider that says what it is told to (npm oauth2-mock-server), on a port of its own. Prints `{"issuer": …}` when it
// is ready, and ends when its standard input does.
//
// POST /behave takes JSON, which holds until the next one:
//   claims   of the ID token, put over those that belong there; null takes one out
//   userinfo what the userinfo endpoint answers
//   forge    none | hs256-secret | hs256-key | foreign | foreign-kid | wrong-alg | cut | es256
//   rotate   true: from now on another key, and only that one is published
//   keys     what /jwks answers instead of the keys
// GET /counts says how often each path was asked for.
import { createServer } from 'node:http';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createRequire } from 'node:module';

const { OAuth2Server } = createRequire(import.meta.url)('oauth2-mock-server');

const SECRET = 'a secret & more';
const counts = {};
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let behaviour = {};
let issuer;
let service;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

function forged(token) {
  const [head, payload, signature] = token.split('.');
  const header = decode(head);
  const by = (changed, signer) => {
    const input = `${encode({ ...header, ...changed })}.${payload}`;
    return `${input}.${Buffer.from(signer(Buffer.from(input))).toString('base64url')}`;
  };
  const mac = (key) => (input) => createHmac('sha256', key).update(input).digest();
  switch (behaviour.forge) {
    case 'none': return by({ alg: 'none' }, () => '');
    case 'hs256-secret': return by({ alg: 'HS256' }, mac(SECRET));
    // The confusion of RFC 8725, section 2.1: what is published, taken for a secret.
    case 'hs256-key': return by({ alg: 'HS256' }, mac(JSON.stringify(issuer.keys.toJSON()[0])));
    case 'foreign': return by({}, (input) => sign('sha256', input, foreign));
    case 'foreign-kid': return by({ kid: 'made-up' }, (input) => sign('sha256', input, foreign));
    case 'wrong-alg': return by({ alg: 'ES256' }, (input) => sign('sha256', input, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' }));
    case 'es256': return by({ alg: 'ES256', kid: 'curve' }, (input) => sign('sha256', input, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' }));
    case 'cut': return `${head}.${payload}.${signature.slice(0, -8)}`;
    default: return token;
  }
}

async function renew(url) {
  ({ issuer, service } = new OAuth2Server());
  issuer.url = url;
  await issuer.keys.generate('RS256');
  service.on('beforeTokenSigning', (token) => {
    for (const [name, value] of Object.entries(behaviour.claims ?? {})) {
      if (value === null) delete token.payload[name];
      else token.payload[name] = value;
    }
  });
  service.on('beforeResponse', (response) => { response.body.id_token = forged(response.body.id_token); });
  service.on('beforeUserinfo', (response) => { response.body = behaviour.userinfo ?? response.body; });
}

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return JSON.parse(text);
}

const json = (response, value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/counts') return json(response, counts);
  if (path === '/behave') {
    behaviour = await body(request);
    if (behaviour.rotate) await renew(issuer.url);
    return json(response, {});
  }
  counts[path] = (counts[path] ?? 0) + 1;
  if (path === '/jwks') {
    const own = issuer.keys.toJSON();
    const curved = { ...curve.publicKey.export({ format: 'jwk' }), kid: 'curve', use: 'sig', alg: 'ES256' };
    return json(response, { keys: behaviour.keys ?? [...own, curved] });
  }
  return service.requestHandler(request, response);
});
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  await renew(url);
  console.log(JSON.stringify({ issuer: url }));
});
process.stdin.on('end', () => process.exit()).resume();
