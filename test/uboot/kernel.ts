/**
 * The smallest kernel that U-Boot's `booti` takes: an arm64 Image for QEMU's `virt` machine that prints a name
 * and its command line, then switches off or resets. It stands for a system that came up, or one that panicked.
 * It knows the Image header and one serial port, nothing of slots.
 *
 * Image header (Linux, `Documentation/arch/arm64/booting.rst`), little-endian:
 *
 * | offset | size | field                                                      |
 * | ------ | ---- | ---------------------------------------------------------- |
 * | 0      | 4    | a branch over the header                                   |
 * | 8      | 8    | text offset, 0                                             |
 * | 16     | 8    | image size                                                 |
 * | 24     | 8    | flags: little-endian, pages of 4 KiB, anywhere in memory   |
 * | 56     | 4    | magic, "ARM" and 0x64                                      |
 */
const HEADER_BYTES = 64;
const IMAGE_BYTES = 4096;
const FLAGS = 0b1010n;
const MAGIC = 0x644d5241;

/** PSCI calls (Arm DEN 0022), low halves; the high half is 0x8400. */
const PSCI = { 'switches off': 0x0008, resets: 0x0009 } as const;

/** How the kernel ends: a system that ran, or a panic. */
export type KernelEnd = keyof typeof PSCI;

/**
 * The bytes of an Image. On the console: `KERNEL <name>: ` and the command line from its first argument on,
 * which has to begin with `rauc` (four bytes that the program looks for in the device tree, from x0 on).
 */
export function kernelImage(name: string, end: KernelEnd): Uint8Array {
  const image = Buffer.alloc(IMAGE_BYTES);
  image.writeUInt32LE(0x14000000 | (HEADER_BYTES / 4), 0);
  image.writeBigUInt64LE(BigInt(IMAGE_BYTES), 16);
  image.writeBigUInt64LE(FLAGS, 24);
  image.writeUInt32LE(MAGIC, 56);
  const program = programThat(PSCI[end]);
  for (const [index, word] of program.entries()) image.writeUInt32LE(word, HEADER_BYTES + 4 * index);
  image.write(`KERNEL ${name}: \0`, HEADER_BYTES + 4 * program.length, 'latin1');
  return image;
}

/** Machine words; x0 is the device tree at the start, x1 the PL011's data register at 0x09000000. */
function programThat(psciCall: number): readonly number[] {
  const words = [
    0xd2a12001, // movz x1, #0x900, lsl #16
    0, // adr x4, message (below)
    0x38401483, // ldrb w3, [x4], #1
    0x34000063, // cbz w3, +3
    0xb9000023, // str w3, [x1]
    0x17fffffd, // b -3
    0x52800002 | (0x6172 << 5), // movz w2, "ra"
    0x72a00002 | (0x6375 << 5), // movk w2, "uc", lsl #16
    0xb8404403, // ldr w3, [x0], #4
    0x6b02007f, // cmp w3, w2
    0x54ffffc1, // b.ne -2
    0xd1001000, // sub x0, x0, #4
    0x38401403, // ldrb w3, [x0], #1
    0x34000063, // cbz w3, +3
    0xb9000023, // str w3, [x1]
    0x17fffffd, // b -3
    0x52800003 | (10 << 5), // movz w3, "\n"
    0xb9000023, // str w3, [x1]
    0x52800000 | (psciCall << 5), // movz w0, the call
    0x72b08000, // movk w0, #0x8400, lsl #16
    0xd4000002, // hvc #0
    0x14000000, // b here
  ];
  // The message lies behind the last word; `adr` counts from its own.
  words[1] = 0x10000004 | ((words.length - 1) << 5);
  return words.map((word) => word >>> 0);
}
