// Keys to sign tokens with: `newKeys()` makes one for each algorithm; run as a program, it prints them.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

export function newKeys() {
  const pairs = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  return Object.entries(pairs).map(([alg, { privateKey }]) => (
    { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() }
  ));
}

if (argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(newKeys()));
