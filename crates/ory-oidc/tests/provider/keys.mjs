import { generateKeyPairSync, randomUUID } from 'node:crypto';

const KINDS = [
  ['rsa', { modulusLength: 2048 }, 'RS256'],
  ['ec', { namedCurve: 'P-256' }, 'ES256'],
  ['ed25519', {}, 'EdDSA'],
];

/** One fresh private JWK per algorithm. */
export function signingKeys() {
  return KINDS.map(([type, options, alg]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    kid: randomUUID(),
    use: 'sig',
    alg,
  }));
}
