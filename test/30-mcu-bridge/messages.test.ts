/** The core set's bytes: frozen literals, both directions, and nonsense with a right CRC. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLASS_OF_MODE,
  type Command,
  LinkError,
  MAY_FLASH,
  MAY_REBOOT,
  type McuStatus,
  type McuVersion,
  MODE,
  NO_REASON,
  nameOf,
  PING,
  PREPARE_REBOOT,
  STATUS,
  VERSION,
} from '../../mcu-bridge/index.ts';

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));
const digits = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const COOKING: McuStatus = {
  mode: 1,
  modeName: 'cooking',
  class: 'busy',
  lidOpen: false,
  heaterPercent: 100,
  programme: 3,
  minutesLeft: 258,
  faultCode: 0,
  supplyMillivolts: 3300,
  temperatures: { bottom: 101.5, lid: undefined, board: -10.1 },
  uptimeSeconds: 86_400,
};
// mode class lid heater, programme, minutes, fault, supply, bottom, lid, board, uptime
const COOKING_BYTES = '01020064' + '0300' + '0201' + '0000' + 'e40c' + 'f703' + '0080' + '9bff' + '80510100';

const RELEASED: McuVersion = {
  protocol: { lowest: 1, highest: 2 },
  answering: 'application',
  keepsPrevious: true,
  hardware: { product: 7, revision: 3 },
  bootLoader: '1.0.2',
  firmware: '2.4.256',
  capacity: 262_144,
  pageSize: 2048,
  firmwareDigest: '0123456789abcdef',
};
// range, who, abilities, hardware, boot loader, firmware, capacity, page, digest
const RELEASED_BYTES =
  '01020101' + '07000300' + '010000000200' + '020004000001' + '00000400' + '00080000' + '0123456789abcdef';

describe('frozen bytes of the core set', () => {
  it('ping', () => {
    expect(digits(PING.encodeRequest(0x44332211))).toBe('11223344');
    expect(PING.decodeReply(hex('11223344'))).toBe(0x44332211);
  });

  it('version', () => {
    expect(digits(VERSION.encodeReply(RELEASED))).toBe(RELEASED_BYTES);
    expect(VERSION.decodeReply(hex(RELEASED_BYTES))).toEqual(RELEASED);
  });

  it('version of a boot loader without firmware', () => {
    const empty = {
      ...RELEASED,
      answering: 'boot-loader',
      firmware: undefined,
      firmwareDigest: undefined,
    } as const;
    const bytes = VERSION.encodeReply(empty);
    expect(digits(bytes.subarray(14, 20))).toBe('000000000000');
    expect(VERSION.decodeReply(bytes)).toEqual(empty);
  });

  it('status', () => {
    expect(digits(STATUS.encodeReply(COOKING))).toBe(COOKING_BYTES);
    expect(STATUS.decodeReply(hex(COOKING_BYTES))).toEqual(COOKING);
  });

  it('status of a mode that is not known is told by its class', () => {
    const strange = hex(`2a01${COOKING_BYTES.slice(4)}`);
    expect(STATUS.decodeReply(strange)).toMatchObject({ mode: 42, modeName: 'unknown', class: 'ask' });
  });

  it('may-reboot and may-flash', () => {
    const no = { allowed: false, reason: 'cooking', reasonCode: NO_REASON.cooking, askAgainMinutes: 25 };
    for (const command of [MAY_REBOOT, MAY_FLASH]) {
      expect(digits(command.encodeReply(no))).toBe('00011900');
      expect(command.decodeReply(hex('00011900'))).toEqual(no);
    }
    expect(MAY_REBOOT.decodeReply(hex('00c80000')).reason).toBe('reason 200');
  });

  it('prepare-reboot', () => {
    expect(digits(PREPARE_REBOOT.encodeRequest(120))).toBe('7800');
    expect(PREPARE_REBOOT.decodeRequest(hex('7800'))).toBe(120);
    expect(() => PREPARE_REBOOT.decodeReply(hex(''))).not.toThrow();
  });

  it('only prepare-reboot changes something', () => {
    const changing = [PING, VERSION, STATUS, MAY_REBOOT, MAY_FLASH, PREPARE_REBOOT].filter(
      (c) => !c.changesNothing,
    );
    expect(changing.map((command) => command.name)).toEqual(['prepare-reboot']);
  });

  it('each known mode has the class of rule 8', () => {
    expect(CLASS_OF_MODE).toEqual({
      idle: 'free',
      cooking: 'busy',
      'keep-warm': 'ask',
      'delayed-start': 'busy',
      fault: 'ask',
      'boot-loader': 'free',
    });
  });
});

const NONSENSE: readonly {
  name: string;
  command: Pick<Command<void, unknown>, 'decodeReply'>;
  fields: string;
}[] = [
  { name: 'status too short', command: STATUS, fields: COOKING_BYTES.slice(2) },
  { name: 'status too long', command: STATUS, fields: `${COOKING_BYTES}00` },
  { name: 'class 3', command: STATUS, fields: `2a03${COOKING_BYTES.slice(4)}` },
  { name: 'cooking but free', command: STATUS, fields: `0100${COOKING_BYTES.slice(4)}` },
  { name: 'lid 2', command: STATUS, fields: `010202${COOKING_BYTES.slice(6)}` },
  { name: 'heater 101 %', command: STATUS, fields: `01020065${COOKING_BYTES.slice(8)}` },
  { name: 'version empty', command: VERSION, fields: '' },
  { name: 'protocol range upside down', command: VERSION, fields: `0201${RELEASED_BYTES.slice(4)}` },
  { name: 'answered by nobody', command: VERSION, fields: `010203${RELEASED_BYTES.slice(6)}` },
  { name: 'neither yes nor no', command: MAY_REBOOT, fields: '02000000' },
  { name: 'permission too short', command: MAY_FLASH, fields: '0100' },
];

describe('nonsense with a right CRC', () => {
  it.each(NONSENSE)('$name', ({ command, fields }) => {
    expect(() => command.decodeReply(hex(fields))).toThrow(
      expect.objectContaining({ name: 'LinkError', code: 'MCU_REPLY_MALFORMED' }),
    );
  });

  it('any bytes bring a value or LinkError MCU_REPLY_MALFORMED, nothing else', () => {
    const commands: readonly {
      decodeReply(fields: Uint8Array): unknown;
      decodeRequest(fields: Uint8Array): unknown;
    }[] = [PING, VERSION, STATUS, MAY_REBOOT, PREPARE_REBOOT];
    const lengths = fc.oneof(fc.constantFrom(0, 2, 4, 22, 36), fc.integer({ min: 0, max: 239 }));
    const fields = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(fc.constantFrom(...commands), fields, (command, bytes) => {
        for (const decode of [command.decodeReply, command.decodeRequest]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(LinkError);
            expect(error).toMatchObject({ code: 'MCU_REPLY_MALFORMED' });
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('values that do not fit are refused before they are sent', () => {
    const encodings = [
      () => PREPARE_REBOOT.encodeRequest(65_536),
      () => PING.encodeRequest(-1),
      () => VERSION.encodeReply({ ...RELEASED, firmware: '2.4' }),
      () => VERSION.encodeReply({ ...RELEASED, firmware: '2.4.x' }),
      () => VERSION.encodeReply({ ...RELEASED, firmwareDigest: 'xy' }),
    ];
    for (const encode of encodings) expect(encode).toThrow(expect.objectContaining({ code: 'LINK_MISUSED' }));
  });
});

describe('every status', () => {
  const temperature = fc.option(
    fc.integer({ min: -32_767, max: 32_767 }).map((tenths) => tenths / 10),
    { nil: undefined },
  );
  const statuses = fc.record({
    mode: fc.integer({ min: 0, max: 255 }),
    lidOpen: fc.option(fc.boolean(), { nil: undefined }),
    heaterPercent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    programme: fc.integer({ min: 0, max: 65_535 }),
    minutesLeft: fc.integer({ min: 0, max: 65_535 }),
    faultCode: fc.integer({ min: 0, max: 65_535 }),
    supplyMillivolts: fc.option(fc.integer({ min: 0, max: 65_534 }), { nil: undefined }),
    temperatures: fc.record({ bottom: temperature, lid: temperature, board: temperature }),
    uptimeSeconds: fc.integer({ min: 0, max: 0xffff_ffff }),
  });

  it('survives the wire', () => {
    fc.assert(
      fc.property(statuses, fc.constantFrom('free', 'ask', 'busy'), (fields, someClass) => {
        const name = nameOf(MODE, fields.mode);
        const status: McuStatus = {
          ...fields,
          modeName: name ?? 'unknown',
          class: name === undefined ? someClass : CLASS_OF_MODE[name],
        };
        expect(STATUS.decodeReply(STATUS.encodeReply(status))).toEqual(status);
      }),
    );
  });
});
