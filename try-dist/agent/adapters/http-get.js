/**
 * One GET over the network: redirects by our own rule, credentials only for the configured origin, a limit for
 * every wait, and each failure as an AgentError. Knows nothing of releases, ranges or retries; the body is
 * pulled, so a slow reader slows the server down and nothing piles up here.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AgentError } from '../errors.js';
import { isRedirect, judgeRedirect } from '../model/redirect.js';
import { connectionErrorCode, parseRetryAfter } from '../model/retry.js';
/** 15 s: a satellite or 2G link connects in 5 s. 60 s: a CDN that fetches from its origin first stays below 30 s. */
export const DEFAULT_PATIENCE = { connectMs: 15_000, idleMs: 60_000 };
/** Connections kept open to one origin: the walk fetches one thing at a time. */
const POOL_SIZE = 2;
export class HttpGet {
    #options;
    #agents = {
        http: new HttpAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE }),
        https: new HttpsAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE }),
    };
    #client;
    constructor(options) {
        this.#options = options;
    }
    /**
     * The first answer that is no redirect. `secretHeaders` are sent to the origin of `url` only.
     * Errors: CONNECTION_FAILED, DNS_FAILED, TIMEOUT, REDIRECT_REFUSED, CERTIFICATE_*; after an abort the reason.
     */
    async get(url, headers, secretHeaders, signal) {
        let at = url;
        let state = { visited: [url.href], trusted: true };
        for (;;) {
            const answer = await this.#ask(at, headers, state.trusted ? secretHeaders : undefined, signal);
            if (!isRedirect(answer.status))
                return answer;
            answer.drop();
            const verdict = judgeRedirect(state, at, answer.header('location'));
            if (verdict.kind === 'refused') {
                throw new AgentError('REDIRECT_REFUSED', `${answer.address} redirects, but ${verdict.why}.`, {
                    facts: { address: answer.address, status: answer.status },
                });
            }
            at = verdict.url;
            state = verdict.state;
        }
    }
    close() {
        this.#agents.http.destroy();
        this.#agents.https.destroy();
    }
    /** One request to one address. `secretHeaders` undefined: a stranger, who also sees no device certificate. */
    async #ask(url, headers, secretHeaders, signal) {
        signal.throwIfAborted();
        const { patience, tls, userAgent } = this.#options;
        const client = await this.#load();
        const address = `${url.origin}${url.pathname}`;
        const request = client.stream(url, {
            headers: {
                'user-agent': userAgent,
                'accept-encoding': 'identity',
                ...headers,
                ...secretHeaders,
            },
            // Retries and redirects of the library know neither our ranges nor our secrets.
            retry: { limit: 0 },
            followRedirect: false,
            throwHttpErrors: false,
            // A decoder in between would hide what was really sent and lose count of it.
            decompress: false,
            // The library's idle limit would also run while the slot is slow; `bodyOf` has its own.
            timeout: {
                lookup: patience.connectMs,
                connect: patience.connectMs,
                secureConnect: patience.connectMs,
                response: patience.idleMs,
            },
            https: {
                ...(tls.certificateAuthority !== undefined && { certificateAuthority: tls.certificateAuthority }),
                ...(secretHeaders !== undefined &&
                    tls.certificate !== undefined &&
                    tls.key !== undefined && { certificate: tls.certificate, key: tls.key }),
            },
            agent: this.#agents,
            signal,
        });
        const response = await this.#head(request, address, signal);
        return {
            status: response.statusCode,
            header: (name) => headerOf(response, name),
            address,
            drop: () => request.destroy(),
            body: () => bodyOf(request, address, patience.idleMs, signal),
        };
    }
    #head(request, address, signal) {
        return new Promise((resolve, reject) => {
            request.once('response', resolve);
            // Stays for the life of the stream: later errors reach the reader of the body through the iterator.
            request.on('error', (error) => {
                request.destroy();
                if (signal.aborted)
                    return reject(signal.reason);
                const systemCode = systemCodeOf(error);
                const code = connectionErrorCode(systemCode, this.#options.clockSynchronised());
                const facts = { address, systemCode };
                reject(new AgentError(code, `${address} did not answer: ${error.message}.`, { facts, cause: error }));
            });
        });
    }
    /** Loaded with the first request: commands that never download do not pay its 20 MB. */
    #load() {
        this.#client ??= import('got').then((module) => module.default);
        return this.#client;
    }
}
function headerOf(response, name) {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
}
function systemCodeOf(error) {
    return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
/** The server's wish in `Retry-After`, as the fact that `retryDelay` reads. */
export function retryFacts(answer) {
    return {
        address: answer.address,
        status: answer.status,
        retryAfterMs: parseRetryAfter(answer.header('retry-after'), answer.header('date')),
    };
}
/** The body as it is pulled; the idle limit runs only while the reader waits for the next piece. */
async function* bodyOf(request, address, idleMs, signal) {
    const pieces = request[Symbol.asyncIterator]();
    let stalled = false;
    const stall = () => {
        stalled = true;
        request.destroy(new Error(`no byte for ${idleMs} ms`));
    };
    let received = 0;
    try {
        for (;;) {
            const timer = setTimeout(stall, idleMs);
            const piece = await pieces.next().finally(() => clearTimeout(timer));
            if (piece.done === true)
                return;
            received += piece.value.length;
            yield piece.value;
        }
    }
    catch (cause) {
        if (signal.aborted)
            throw signal.reason;
        const facts = { address, received };
        if (stalled) {
            throw new AgentError('TIMEOUT', `${address} sent no byte for ${idleMs} ms.`, { facts, cause });
        }
        throw new AgentError('SHORT_BODY', `${address} broke off after ${received} bytes.`, { facts, cause });
    }
    finally {
        // After a complete body the connection is already back in the pool and stays open.
        request.destroy();
    }
}
