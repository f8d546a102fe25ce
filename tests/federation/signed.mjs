// signed.mjs — an actor elsewhere for tests: a row in the server's database, and its signed letters
// (draft-cavage, as Mastodon sends them).

import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { insert, one, send } from './peers.mjs';

/** {id, row, post(activity, {inbox})}. Its server need not exist: the key is known already. */
export async function strangerOf(server, name, host = 'elsewhere.example') {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const id = `https://${host}/users/${name}`;
  await insert(server, 'actor', { kind: 'Person', name, host, display_name: name, uri: id, inbox: `${id}/inbox`, key_id: `${id}#main-key`,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }), fetched_ms: Date.now(), created_ms: Date.now(), updated_ms: Date.now() });
  const row = await one(server, `SELECT id FROM actor WHERE uri = '${id}'`);

  async function post(activity, { inbox = '/inbox' } = {}) {
    const body = Buffer.from(JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', actor: id, ...activity }));
    const date = new Date().toUTCString(), digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
    const hostHeader = new URL(server.site ?? server.url).host; // site: its address for the world, when that is another
    const text = `(request-target): post ${inbox}\nhost: ${hostHeader}\ndate: ${date}\ndigest: ${digest}`;
    const signature = createSign('rsa-sha256').update(text).sign(privateKey, 'base64');
    return send(server, { target: inbox, body, headers: { Host: hostHeader, Date: date, Digest: digest, 'Content-Type': 'application/activity+json',
      'Content-Length': body.length, Signature: `keyId="${id}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"` } });
  }
  return { id, row, host, post };
}

/** A Create of a public Note that answers `inReplyTo`. */
export function replyOf(actor, number, content, inReplyTo, more = {}) {
  const id = `${actor.id}/statuses/${number}`;
  return { id: `${id}/activity`, type: 'Create', to: ['https://www.w3.org/ns/activitystreams#Public'], cc: [],
    object: { id, type: 'Note', attributedTo: actor.id, inReplyTo, content, published: new Date().toISOString(),
      to: ['https://www.w3.org/ns/activitystreams#Public'], cc: [], ...more } };
}
