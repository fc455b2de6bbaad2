/**
 * Which serial line a verb of `donabe mcu` talks to: the configured one, or one that is named, each setting of
 * which a flag can replace. It must not know what is said on the line.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FrameFormat, LineParity } from '../mcu-bridge/index.ts';

/** The line as the configuration has it; what is missing is the protocol's default. */
export interface ConfiguredLine {
  readonly path: string;
  readonly baudRate: number;
  readonly parity?: LineParity;
  readonly format?: FrameFormat;
  readonly numbered?: boolean;
}

/** What the verbs need from outside; asked only when no port is given. */
export interface McuCliContext {
  port(): Promise<ConfiguredLine>;
}

/** Flags of what both sides have agreed on. */
export interface FormatFlags {
  readonly crc?: string;
  readonly byteOrder?: string;
  readonly maxPayload?: number;
  readonly unnumbered?: true;
}

/** Flags that every verb with a line has. */
export interface LineFlags extends FormatFlags {
  readonly baud?: number;
  readonly parity?: LineParity;
}

export function withFormatFlags(verb: Command): Command {
  return verb
    .option('--crc <variant>', 'CRC-16 variant, for instance modbus')
    .addOption(
      new Option('--byte-order <order>', "order of the CRC's bytes").choices(['high-first', 'low-first']),
    )
    .option('--max-payload <bytes>', 'most payload bytes of a frame', whole)
    .option('--unnumbered', 'the frames carry no numbers');
}

export function withLineFlags(verb: Command): Command {
  verb
    .optionsGroup('The line, each instead of what is configured:')
    .option('--baud <rate>', 'baud rate', whole)
    .addOption(new Option('--parity <parity>', 'parity').choices(['none', 'even', 'odd']));
  return withFormatFlags(verb);
}

/** A port that is named does not need the configuration. Wrong flags end the verb as wrong usage. */
export async function chosenLine(
  verb: Command,
  context: McuCliContext,
  path: string | undefined,
  flags: LineFlags,
): Promise<Required<ConfiguredLine>> {
  const { SERIAL_DEFAULTS } = await import('../mcu-bridge/index.ts');
  const line: ConfiguredLine = path === undefined ? await context.port() : { ...SERIAL_DEFAULTS, path };
  return {
    path: line.path,
    baudRate: flags.baud ?? line.baudRate,
    parity: flags.parity ?? line.parity ?? SERIAL_DEFAULTS.parity,
    format: await chosenFormat(verb, line.format, flags),
    numbered: flags.unnumbered === undefined && (line.numbered ?? true),
  };
}

/** `format`, or the protocol's own, with what the flags replace of it. */
export async function chosenFormat(
  verb: Command,
  format: FrameFormat | undefined,
  flags: FormatFlags,
): Promise<FrameFormat> {
  const { BYTE_ORDERS, CRC_VARIANTS, FRAME_FORMAT, LEAST_MAX_PAYLOAD, MAX_PAYLOAD } = await import(
    '../mcu-bridge/index.ts'
  );
  const before = format ?? FRAME_FORMAT;
  const crc = oneOf(verb, '--crc', flags.crc, Object.keys(CRC_VARIANTS) as FrameFormat['crc'][]);
  const maxPayload = flags.maxPayload ?? before.maxPayload;
  if (maxPayload < LEAST_MAX_PAYLOAD || maxPayload > MAX_PAYLOAD) {
    verb.error(`error: --max-payload is ${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD}`);
  }
  return {
    crc: crc ?? before.crc,
    byteOrder: oneOf(verb, '--byte-order', flags.byteOrder, BYTE_ORDERS) ?? before.byteOrder,
    maxPayload,
  };
}

export function whole(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('it must be a whole number');
  return Number(text);
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e9)) throw new InvalidArgumentError('it must be a number above 0');
  return value;
}

function oneOf<Value extends string>(
  verb: Command,
  flag: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (text === undefined) return undefined;
  return (
    values.find((value) => value === text) ?? verb.error(`error: ${flag} is one of ${values.join(', ')}`)
  );
}
