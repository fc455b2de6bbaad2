/** For which machine an ELF file is, from its header: an addon of the build host must not get into a package. */
import type { Target } from './target.ts';

const MAGIC = '7f454c46';
/** Offsets in the ELF header: class of the file, byte order, machine. */
const CLASS_AT = 4;
const ORDER_AT = 5;
const MACHINE_AT = 18;
const HEADER_BYTES = 20;

/** Undefined for bytes that are no little-endian ELF file. */
export function elfMachine(bytes: Uint8Array): Target['elf'] | undefined {
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  if (header.length < HEADER_BYTES || header.toString('hex', 0, 4) !== MAGIC) return undefined;
  if (header[ORDER_AT] !== 1) return undefined;
  return { bits: header[CLASS_AT] === 2 ? 64 : 32, machine: header.readUInt16LE(MACHINE_AT) };
}
