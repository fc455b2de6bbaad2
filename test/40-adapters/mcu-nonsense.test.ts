/**
 * An MCU with a right CRC and nonsense inside, as the agent hears it: a coded error for every question, in time, and
 * the next honest answer counts. Also replies out of order, and an MCU of tomorrow.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { KeptLine } from '../../agent/adapters/mcu-line.ts';
import { AgentError } from '../../agent/errors.ts';
import { makeFirmware } from '../../fixtures/mcu/simulator.ts';
import {
  ERROR_REPLY,
  encodeFrame,
  FRAME_FORMAT,
  type Frame,
  type McuLink,
  PING,
  REPLY_BIT,
  STATUS,
  transferFirmware,
  VERSION,
} from '../../mcu-bridge/index.ts';
import { letTimeFly, soon } from '../30-mcu-bridge/flying-time.ts';
import { MemoryPort } from '../30-mcu-bridge/memory-port.ts';
import { SMALL, WiredMcu } from '../30-mcu-bridge/wired-mcu.ts';

const FIRMWARE = makeFirmware({ version: '3.0.0', size: 600 });

/** Every question that the agent asks. */
const QUESTIONS: Readonly<Record<string, (link: McuLink) => Promise<unknown>>> = {
  ping: (link) => link.ping(),
  version: (link) => link.version(),
  status: (link) => link.status(),
  mayReboot: (link) => link.mayReboot(),
  mayFlash: (link) => link.mayFlash(),
  prepareReboot: (link) => link.prepareReboot(),
  transfer: (link) => transferFirmware(link, FIRMWARE),
  queryTransfer: (link) => link.queryTransfer(),
  activate: (link) => link.activateFirmware(FIRMWARE.digest),
  accept: (link) => link.acceptFirmware(FIRMWARE.digest),
  discardOld: (link) => link.discardOldFirmware(),
  abort: (link) => link.abortTransfer(),
  consent: (link) => link.consent(),
};
const names = Object.keys(QUESTIONS);

/** Answers the ping of each new link as it should, and everything after it as the test says. */
class LyingPort extends MemoryPort {
  #greeted = false;

  constructor(answer: (request: Frame) => Frame | undefined) {
    super();
    this.onFrame = (request) => {
      const greeting = !this.#greeted && request.command === PING.id;
      this.#greeted ||= greeting;
      const reply = greeting ? { ...request, command: request.command | REPLY_BIT } : answer(request);
      if (reply !== undefined) this.feed(encodeFrame(reply));
    };
  }
}

const lines: KeptLine[] = [];
afterEach(async () => {
  for (const line of lines.splice(0)) await line.close();
});

function lineTo(answer: (request: Frame) => Frame | undefined): KeptLine {
  const format = FRAME_FORMAT;
  const settings = { path: '/dev/mcu', baudRate: 115_200, parity: 'none', format, numbered: true } as const;
  const line = new KeptLine(settings, async () => new LyingPort(answer));
  lines.push(line);
  return line;
}

/** The error of a question, or undefined when it was answered. */
function failureOf(line: KeptLine, name: string): Promise<unknown> {
  const asked = line.use(async (link) => QUESTIONS[name]?.(link));
  return soon(
    asked.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

const reply = ({ command, payload }: Frame, ...fields: number[]): Frame => ({
  command: command | REPLY_BIT,
  payload: Uint8Array.of(payload[0] ?? 0, ...fields),
});

describe('an MCU that answers nonsense', () => {
  letTimeFly();

  it.each(names)('%s: of the wrong length', async (name) => {
    const line = lineTo((request) => reply(request, ...new Uint8Array(50)));
    expect(await failureOf(line, name)).toMatchObject({ code: 'MCU_FAILED', policy: 'wait' });
  });

  it.each(names)('%s: an error reply that says nothing', async (name) => {
    const line = lineTo(({ command, payload }) => ({
      command: ERROR_REPLY,
      payload: Uint8Array.of(payload[0] ?? 0, command),
    }));
    expect(await failureOf(line, name)).toMatchObject({ code: 'MCU_FAILED' });
  });

  it.each(names)('%s: the reply to another question', async (name) => {
    const line = lineTo((request) => reply({ ...request, command: request.command ^ 0x10 }, 1, 2, 3, 4));
    expect(await failureOf(line, name)).toMatchObject({ code: 'MCU_SILENT' });
  });

  it.each(names)('%s: a reply without a number, and its own echo', async (name) => {
    const bare = lineTo(({ command }) => ({ command: command | REPLY_BIT, payload: new Uint8Array(0) }));
    expect(await failureOf(bare, name)).toMatchObject({ code: 'MCU_SILENT' });
    expect(
      await failureOf(
        lineTo((request) => request),
        name,
      ),
    ).toMatchObject({ code: 'MCU_SILENT' });
  });

  it('any bytes: an answer or a coded error, and the next honest answer counts', async () => {
    const mcu = new WiredMcu().mcu;
    const honest = (request: Frame): Frame | undefined =>
      request.command === STATUS.id
        ? reply(request, ...STATUS.encodeReply(mcu.cooker.status(performance.now())))
        : undefined;
    const command = fc.constantFrom('same', 'error', 'any');
    const fields = fc.uint8Array({ maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), command, fields, async (name, which, bytes) => {
        let lies = true;
        const line = lineTo((request) => {
          if (!lies) return honest(request);
          const [number = 0] = request.payload;
          const sent =
            which === 'same' ? request.command | REPLY_BIT : which === 'error' ? ERROR_REPLY : bytes[0];
          return { command: sent ?? 0, payload: Uint8Array.of(number, ...bytes) };
        });
        const failure = await failureOf(line, name);
        if (failure !== undefined) {
          expect(failure).toBeInstanceOf(AgentError);
          expect(['MCU_FAILED', 'MCU_SILENT', 'MCU_REFUSED']).toContain((failure as AgentError).code);
        }
        lies = false;
        expect(await soon(line.use((link) => link.status()))).toMatchObject({ modeName: 'idle' });
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe('an MCU of another protocol version', () => {
  letTimeFly();

  it('is told from its range, which the core set outlives', async () => {
    const wire = new WiredMcu({ mcu: { version: { protocol: { lowest: 2, highest: 3 } } } });
    const link = wire.connect();
    expect(await soon(link.version())).toMatchObject({ protocol: { lowest: 2, highest: 3 } });
    expect(await soon(link.status())).toMatchObject({ modeName: 'idle' });
  });

  it('whose replies have grown is not half understood', async () => {
    const status = STATUS.encodeReply(new WiredMcu().mcu.cooker.status(0));
    const grown = lineTo((request) => reply(request, ...status, 0));
    expect(await failureOf(grown, 'status')).toMatchObject({ code: 'MCU_FAILED' });
    const upsideDown = VERSION.encodeReply(await soon(new WiredMcu().connect().version()));
    upsideDown[0] = 3;
    upsideDown[1] = 2;
    const line = lineTo((request) => reply(request, ...upsideDown));
    expect(await failureOf(line, 'version')).toMatchObject({ code: 'MCU_FAILED' });
  });
});

describe('a line that brings replies out of order', () => {
  letTimeFly();

  it('every question gets its own answer', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      // Later than a timeout now and then: the answer to a repeat comes before the one to the first try.
      const wire = new WiredMcu({ seed, jitterMs: 900, cooker: { mode: 'keep-warm' } });
      const link = wire.connect();
      for (let round = 0; round < 10; round++) {
        // A ping wants its own token back, and nobody else's.
        const [status, version, permission] = await soon(
          Promise.all([link.status(), link.version(), link.mayReboot(), link.ping(), link.ping()]),
        );
        expect(status).toMatchObject({ modeName: 'keep-warm' });
        expect(version).toMatchObject({ firmware: '2.4.0' });
        expect(permission).toMatchObject({ allowed: true });
      }
      expect(link.counters.stale).toBeGreaterThan(0);
    }
  });

  it('a firmware arrives whole', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const wire = new WiredMcu({ seed, jitterMs: 120, mcu: SMALL });
      const link = wire.connect();
      const firmware = makeFirmware({ version: '3.0.0', size: 4000, seed });
      await soon(transferFirmware(link, firmware, { baudRate: 115_200 }));
      await soon(link.activateFirmware(firmware.digest));
      expect(wire.mcu.store.running?.digest).toBe(firmware.digest);
    }
  });
});
