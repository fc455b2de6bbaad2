/** The architectures that a package can be made for. One row each; nothing else of this program knows them. */

export interface Target {
  /** Debian's name. */
  readonly deb: string;
  /** Node's name: `process.arch` on the device. */
  readonly node: string;
  /** Prefix of the cross tools; Debian has them in `g++-<triplet>`. */
  readonly triplet: string;
  /** Folder and file of the serial port's addon, which comes made for every architecture. */
  readonly serialPrebuild: string;
  /** `e_machine` and the class (32 or 64 bit) of an ELF file, by which each addon is checked. */
  readonly elf: { readonly machine: number; readonly bits: 32 | 64 };
}

export const TARGETS: readonly Target[] = [
  {
    deb: 'amd64',
    node: 'x64',
    triplet: 'x86_64-linux-gnu',
    serialPrebuild: 'linux-x64/@serialport+bindings-cpp.glibc.node',
    elf: { machine: 62, bits: 64 },
  },
  {
    deb: 'arm64',
    node: 'arm64',
    triplet: 'aarch64-linux-gnu',
    serialPrebuild: 'linux-arm64/@serialport+bindings-cpp.armv8.glibc.node',
    elf: { machine: 183, bits: 64 },
  },
  {
    deb: 'armhf',
    node: 'arm',
    triplet: 'arm-linux-gnueabihf',
    serialPrebuild: 'linux-arm/@serialport+bindings-cpp.armv7.glibc.node',
    elf: { machine: 40, bits: 32 },
  },
];

/** Error: one that lists the names, when there is none of that name. */
export function targetNamed(name: string): Target {
  const found = TARGETS.find(({ deb }) => deb === name);
  if (found !== undefined) return found;
  throw new Error(`no target "${name}": there are ${TARGETS.map(({ deb }) => deb).join(', ')}`);
}
