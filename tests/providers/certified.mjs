// A certified OpenID provider (npm oidc-provider), as it is, on a port of its own. Prints `{"issuer": …}` when it is
// ready, and ends when its standard input does.
//
// Anybody may sign in by any name. Names say what there is to say of them: `unverified-…` has an address that nobody
// has confirmed, `nomail-…` has none, and `admin-…` is in the group `admins`.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const CALLBACK = /^http:\/\/127\.0\.0\.1:\d+\/v1\/oauth\/[a-z0-9-]+\/callback$/;

function claims(id) {
  const mail = id.startsWith('nomail-') ? {} : {
    email: `${id}@example.org`,
    email_verified: !id.startsWith('unverified-'),
  };
  return { sub: id, name: `Somebody called ${id}`, groups: id.startsWith('admin-') ? ['admins', 'staff'] : [], ...mail };
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const server = createServer((request, response) => handle(request, response));
let handle;
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'keystead',
      client_secret: 'a secret & more',
      redirect_uris: ['https://keystead.test/v1/oauth/x/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => claims(id) }),
    pkce: { methods: ['S256'], required: () => true },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'first' }] },
    cookies: { keys: ['for tests'] },
    ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Session: 600, Grant: 600 },
  });
  // Nodes of tests listen on ports that nobody knows beforehand.
  const listed = provider.Client.prototype.redirectUriAllowed;
  provider.Client.prototype.redirectUriAllowed = function allowed(uri) {
    return CALLBACK.test(uri) || listed.call(this, uri);
  };
  handle = provider.callback();
  console.log(JSON.stringify({ issuer }));
});
process.stdin.on('end', () => process.exit()).resume();
