// fedify-peer.mjs — a small server of the fediverse built on Fedify, an implementation of
// ActivityPub that shares no code with ours: one actor, his notes, and all that came to his inbox.
//
//   const peer = await startPeer({ name: 'ann', dialect: 'rfc9421' });
//   const channel = await peer.find(`${server.url}/video-channels/root_channel`);
//   await peer.send(channel, new Follow({ id: peer.id('follow'), actor: peer.actorId, object: channel.id }));
//   const accept = await peer.got(Accept, a => a.objectId.href === …);
//   await peer.stop();
//
// `dialect` is what it signs with first, and with `only` the one dialect it takes from others.
// Every request to an inbox is kept in `peer.letters` with the answer that it got.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from '@fedify/fedify';
import { Activity, Endpoints, Note, Person, Tombstone } from '@fedify/fedify/vocab';
import { freePort, sleep } from '../api/server.mjs';

export const CAVAGE = 'draft-cavage-http-signatures-12', RFC9421 = 'rfc9421';

class Peer {
  constructor(name, port, dialect, only) {
    this.name = name;
    this.port = port;
    this.origin = `http://localhost:${port}`;
    this.only = only;
    this.notes = new Map();
    this.activities = [];
    this.letters = [];
    this.count = 0;
    this.federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true, firstKnock: dialect });
    this.routes();
    this.ctx = this.federation.createContext(new URL(this.origin), undefined);
    this.actorId = this.ctx.getActorUri(name);
    this.followers = new URL(`${this.origin}/users/${name}/followers`);
  }

  routes() {
    let keys;
    const f = this.federation;
    f.setActorDispatcher('/users/{identifier}', async (ctx, who) => who !== this.name ? null : new Person({
      id: ctx.getActorUri(who),
      preferredUsername: who,
      name: `${who} of elsewhere`,
      inbox: ctx.getInboxUri(who),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      url: new URL(`/@${who}`, this.origin),
      publicKey: (await ctx.getActorKeyPairs(who))[0].cryptographicKey,
      assertionMethods: (await ctx.getActorKeyPairs(who)).map(pair => pair.multikey),
    })).setKeyPairsDispatcher(async () => keys ??= [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5'), await generateCryptoKeyPair('Ed25519')]);
    f.setInboxListeners('/users/{identifier}/inbox', '/inbox').on(Activity, (_, activity) => { this.activities.push(activity); })
      .onError((_, error) => { this.error ??= error; });
    f.setObjectDispatcher(Note, '/notes/{id}', (_, { id }) => this.notes.get(id) ?? null);
  }

  /** Answers what was kept of a request as the server answers it. */
  async serve(request, body) {
    const tombstone = this.notes.get(new URL(request.url).pathname.split('/').pop());
    if (tombstone instanceof Tombstone) {
      return new Response(JSON.stringify(await tombstone.toJsonLd()), { status: 410, headers: { 'content-type': 'application/activity+json' } });
    }
    const is9421 = request.headers.has('signature-input');
    if (request.method === 'POST' && this.only && is9421 !== (this.only === RFC9421)) return new Response('another dialect of signatures, please', { status: 401 });
    const answer = await this.federation.fetch(request, { contextData: undefined });
    if (request.method === 'POST') this.letters.push({ path: new URL(request.url).pathname, dialect: is9421 ? RFC9421 : CAVAGE, status: answer.status, json: JSON.parse(body) });
    return answer;
  }

  start() {
    this.http = createServer(async (incoming, outgoing) => {
      const parts = [];
      for await (const part of incoming) parts.push(part);
      const body = parts.length ? Buffer.concat(parts) : undefined;
      const answer = await this.serve(new Request(`${this.origin}${incoming.url}`, { method: incoming.method, headers: incoming.headers, body }), body)
        .catch(error => new Response(`${error.stack}`, { status: 500 }));
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    });
    return new Promise((done, fail) => { this.http.once('error', fail).listen(this.port, '127.0.0.1', () => done(this)); });
  }

  /** As if the plug were pulled; start() again finds it as it was. */
  stop() {
    this.http.closeAllConnections();
    return new Promise(done => { this.http.close(done); });
  }

  /** What its functions need to look at documents of this machine. */
  loaders() { return { documentLoader: this.ctx.documentLoader, contextLoader: this.ctx.contextLoader }; }

  id(what) { return new URL(`${this.origin}/${what}/${++this.count}`); }

  /** The document at an address, fetched with a signature of this actor. */
  async find(url) {
    const loader = await this.ctx.getDocumentLoader({ identifier: this.name });
    return this.ctx.lookupObject(url, { documentLoader: loader });
  }

  send(to, activity) {
    return this.ctx.sendActivity({ identifier: this.name }, to, activity);
  }

  /** A note of this actor, served at its id. */
  note(fields) {
    const id = String(++this.count);
    const url = this.ctx.getObjectUri(Note, { id });
    const note = new Note({ id: url, url, attribution: this.actorId, published: Temporal.Now.instant(), ...fields });
    this.notes.set(id, note);
    return note;
  }

  change(note, fields) {
    const changed = note.clone(fields);
    this.notes.set(note.id.pathname.split('/').pop(), changed);
    return changed;
  }

  bury(note) {
    const tombstone = new Tombstone({ id: note.id });
    this.notes.set(note.id.pathname.split('/').pop(), tombstone);
    return tombstone;
  }

  /** An activity of this type that came, and that `check` likes; each is handed out once. */
  async got(type, check = () => true, timeoutMs = 60000) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const at = this.activities.findIndex(a => a instanceof type && check(a));
      if (at >= 0) return this.activities.splice(at, 1)[0];
      assert.ok(Date.now() < end, `${this.name} got no ${type.name}, but ${this.letters.map(l => `${l.json.type} ${l.status}`).join(', ')} ${this.error ?? ''}`);
      await sleep(20);
    }
  }
}

export async function startPeer({ name, dialect = CAVAGE, only }) {
  globalThis.Temporal ??= (await import('@js-temporal/polyfill')).Temporal;
  return new Peer(name, await freePort(), dialect, only).start();
}
