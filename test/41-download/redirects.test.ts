/** Redirects and certificates of the HTTP source: what is followed, and what a stranger gets to see. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpSource, type HttpSourceOptions } from '../../agent/adapters/http-source.ts';
import { judgeRedirect, REDIRECTS_MOST, type RedirectState } from '../../agent/model/redirect.ts';
import type { OfferAnswer } from '../../agent/ports.ts';
import { type Certificate, makeCertificate } from '../../fixtures/server/certificate.ts';
import { type ReleaseServer, startReleaseServer } from '../../fixtures/server/release-server.ts';

const OFFER = 'release.json';
let folder: string;
let certificate: Certificate;
let expired: Certificate;
const servers: ReleaseServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'donabe-redirect-'));
  await writeFile(join(folder, OFFER), '{}');
  certificate = await makeCertificate();
  expired = await makeCertificate('expired');
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(tls?: Certificate): Promise<ReleaseServer> {
  const server = await startReleaseServer(folder, tls === undefined ? {} : { tls });
  servers.push(server);
  return server;
}

async function offerFrom(server: ReleaseServer | string, options: Partial<HttpSourceOptions> = {}) {
  const source = createHttpSource({
    baseUrls: [typeof server === 'string' ? server : server.url],
    tls: { certificateAuthority: certificate.certificate },
    ...options,
  });
  try {
    return await source.offer(undefined, new AbortController().signal);
  } catch (error) {
    return error;
  } finally {
    await source.close();
  }
}

const offered: unknown = expect.objectContaining({ kind: 'offer' } satisfies Partial<OfferAnswer>);
const failsWith = (code: string): unknown => expect.objectContaining({ name: 'AgentError', code });
const secrets = { secretHeaders: { authorization: 'GatewayToken 7', 'x-device': '7' } };

describe('redirects', () => {
  test('to another host are followed without the credentials', async () => {
    const home = await start();
    const stranger = await start();
    home.misbehave(OFFER, { kind: 'redirect', base: stranger.url });
    expect(await offerFrom(home, secrets)).toEqual(offered);
    expect(home.log.requests[0]?.headers).toMatchObject(secrets.secretHeaders);
    expect(stranger.log.requests).toHaveLength(1);
    expect(stranger.log.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(stranger.log.requests[0]?.headers).not.toHaveProperty('x-device');
  });

  test('that come back from a stranger stay without the credentials', async () => {
    const home = await start();
    const stranger = await start();
    home.misbehave(OFFER, { kind: 'redirect', base: stranger.url }, 1);
    const location = `${home.url}${OFFER}?again`;
    stranger.misbehave(OFFER, { kind: 'status', code: 302, headers: { location } });
    expect(await offerFrom(home, secrets)).toEqual(offered);
    expect(home.log.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'GatewayToken 7',
      undefined,
    ]);
  });

  test('a log-in in the base URL is sent as a header, to that origin only', async () => {
    const home = await start();
    const stranger = await start();
    home.misbehave(OFFER, { kind: 'redirect', base: stranger.url });
    await offerFrom(home.url.replace('//', '//user:p%40ss@'));
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(home.log.requests[0]?.headers['authorization']).toBe(basic);
    expect(stranger.log.requests[0]?.headers['authorization']).toBeUndefined();
  });

  test('from http to https are followed, from https to http refused before anything is asked there', async () => {
    const plain = await start();
    const secure = await start(certificate);
    plain.misbehave(OFFER, { kind: 'redirect', base: secure.url }, 1);
    expect(await offerFrom(plain)).toEqual(offered);
    secure.misbehave(OFFER, { kind: 'redirect', base: plain.url });
    const before = plain.log.requests.length;
    expect(await offerFrom(secure)).toEqual(failsWith('REDIRECT_REFUSED'));
    expect(plain.log.requests).toHaveLength(before);
  });

  test('in a circle end at once, endless ones after five', async () => {
    const server = await start();
    server.misbehave(OFFER, { kind: 'redirect-loop' });
    expect(await offerFrom(server)).toEqual(failsWith('REDIRECT_REFUSED'));
    expect(server.log.requests).toHaveLength(1);
    server.misbehave(OFFER, { kind: 'redirect-endless' });
    expect(await offerFrom(server)).toEqual(failsWith('REDIRECT_REFUSED'));
    expect(server.log.requests).toHaveLength(1 + 1 + REDIRECTS_MOST);
  });

  test('by a stranger never lead back into trust, however many steps they take', () => {
    let at = new URL('http://home/0');
    let state: RedirectState = { visited: [at.href], trusted: true };
    const trusted: boolean[] = [];
    for (const location of ['http://home/1', 'http://stranger/', 'http://home/2', 'http://home/3']) {
      const verdict = judgeRedirect(state, at, location);
      if (verdict.kind === 'refused') throw new Error(verdict.why);
      at = verdict.url;
      state = verdict.state;
      trusted.push(state.trusted);
    }
    expect(trusted).toEqual([true, false, false, false]);
  });

  test('exactly five are followed', () => {
    let at = new URL('http://127.0.0.1/0');
    let state: RedirectState = { visited: [at.href], trusted: true };
    for (let hop = 1; hop <= REDIRECTS_MOST; hop += 1) {
      const verdict = judgeRedirect(state, at, `/${hop}`);
      if (verdict.kind === 'refused') throw new Error(verdict.why);
      at = verdict.url;
      state = verdict.state;
    }
    expect(state.trusted).toBe(true);
    expect(judgeRedirect(state, at, '/more')).toMatchObject({ kind: 'refused' });
  });

  test('without a usable address are refused', () => {
    const from = new URL('http://127.0.0.1/');
    const state: RedirectState = { visited: [from.href], trusted: true };
    for (const location of [
      undefined,
      'http://',
      'file:///etc/passwd',
      'javascript:0',
      '/',
      `/${'x'.repeat(9_000)}`,
    ]) {
      expect(judgeRedirect(state, from, location)).toMatchObject({ kind: 'refused' });
    }
    const verdict = judgeRedirect(state, from, 'http://eve:secret@127.0.0.1/x#y');
    expect(verdict).toMatchObject({ url: new URL('http://127.0.0.1/x') });
  });
});

describe('certificates', () => {
  test('of an unknown authority are refused', async () => {
    expect(await offerFrom(await start(certificate), { tls: {} })).toEqual(failsWith('CERTIFICATE_REJECTED'));
  });

  test('that are out of date are waited for while the clock is not synchronised', async () => {
    const server = await start(expired);
    const tls = { certificateAuthority: expired.certificate };
    const unsure = await offerFrom(server, { tls, clockSynchronised: () => false });
    expect(unsure).toEqual(failsWith('CERTIFICATE_DATE'));
    const sure = await offerFrom(server, { tls, clockSynchronised: () => true });
    expect(sure).toEqual(failsWith('CERTIFICATE_REJECTED'));
    expect(server.log.requests).toHaveLength(0);
  });
});
