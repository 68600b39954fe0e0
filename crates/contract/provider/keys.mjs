import { randomUUID, webcrypto } from 'node:crypto';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const KINDS = [
  [RSA, 'RS256'],
  [{ name: 'ECDSA', namedCurve: 'P-256' }, 'ES256'],
  [{ name: 'Ed25519' }, 'EdDSA'],
];

/**
 * Generates one private JWK per algorithm. Uses Web Crypto, because exporting a `KeyObject` as a JWK can deadlock
 * Node 20: it allocates, and so may collect garbage, while it holds the key's lock.
 */
export function signingKeys() {
  return Promise.all(KINDS.map(async ([algorithm, alg]) => {
    const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const { key_ops: operations, ext, ...jwk } = await webcrypto.subtle.exportKey('jwk', privateKey);
    return { ...jwk, kid: randomUUID(), use: 'sig', alg };
  }));
}
