import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);

// bootctl/adapters/boot-params-reader.ts
import { constants } from "node:fs";
import { open } from "node:fs/promises";

// bootctl/error.ts
var BOOT_CONTROL_ERRORS = {
  REGION_OPEN_FAILED: "the file or device could not be opened",
  REGION_READ_FAILED: "bytes could not be read, or the file or device ends before them",
  REGION_WRITE_FAILED: "bytes could not be written or flushed",
  BOOT_CONTROL_BAD: "no copy of the boot control is valid, so nothing may be written",
  BOOT_CONTROL_TOO_NEW: "the boot control is of a version that this program does not know",
  BOOT_CONTROL_NOT_TWO_SLOTS: "the boot control does not describe exactly the slots a and b",
  BOOT_CONTROL_READ_BACK: "the boot control does not hold what was written and flushed",
  BOOT_CONTROL_NOT_BLANK: "a valid boot control is there already, so it is not initialised",
  BOOT_CONTROL_NO_ROOM: "the variables do not fit into the space that the boot loader reads",
  BOOT_CONTROL_LOCKED: "another program holds the locks of the boot control",
  BOOT_CONTROL_NOT_ATOMIC: "a power cut in a write would lose this boot control, so it is not written",
  BOOT_CONTROL_OPTION: "an option of the backend makes no sense",
  COMMAND_FAILED: "the command of the script backend failed or gave a strange answer",
  COMMAND_TIMEOUT: "the command of the script backend did not end in time and was killed",
  BOOT_PARAMS_BAD: "the parameter page of the boot loader does not decode",
  NO_FALLBACK: "it would leave no slot that the boot loader can take",
  NOT_ON_TRIAL: "the slot was marked unbootable, so its tries are not restored",
  VERITY_CORRUPTED: "the slot is flagged as corrupted, so it is not marked good",
  TRIES_OUT_OF_RANGE: "the number of tries does not fit the format",
  BOOTED_SLOT_UNKNOWN: "the kernel command line does not say which slot is booted",
  BACKEND_UNKNOWN: "no boot control backend has this name"
};
var BootControlError = class extends Error {
  code;
  facts;
  constructor(code, message, more = {}) {
    super(message, more.cause === void 0 ? void 0 : { cause: more.cause });
    this.name = "BootControlError";
    this.code = code;
    this.facts = more.facts ?? {};
  }
};

// bootctl/boot-params.ts
var BOOT_PARAMS_BYTES = 4096;
var BOOT_PARAMS_VERSION = 1;
var MAGIC = 1437226410;
var MAGIC_AT = 0;
var VERSION_AT = 4;
var FLAGS_AT = 6;
var BOOT_MODE_AT = 12;
var DEVICE_TREE_AT = 16;
var BOOT_MODES = ["normal", "recovery"];
function decodeBootParams(page) {
  if (page.length < BOOT_PARAMS_BYTES) {
    throw bad(page.length, `the page has ${page.length} of ${BOOT_PARAMS_BYTES} bytes`);
  }
  const view = new DataView(page.buffer, page.byteOffset, BOOT_PARAMS_BYTES);
  const magic = view.getUint32(MAGIC_AT, true);
  if (magic !== MAGIC) throw bad(MAGIC_AT, `the magic is ${hex(magic)}, not ${hex(MAGIC)}`);
  const version = view.getUint16(VERSION_AT, true);
  if (version !== BOOT_PARAMS_VERSION) {
    throw bad(VERSION_AT, `the version is ${version}, known is ${BOOT_PARAMS_VERSION}`);
  }
  const mode = view.getUint8(BOOT_MODE_AT);
  const bootMode = BOOT_MODES[mode];
  if (bootMode === void 0) throw bad(BOOT_MODE_AT, `the boot mode ${mode} is not known`);
  return {
    version,
    flags: view.getUint16(FLAGS_AT, true),
    bootMode,
    deviceTree: view.getBigUint64(DEVICE_TREE_AT, true)
  };
}
function encodeBootParams(params) {
  const page = new Uint8Array(BOOT_PARAMS_BYTES);
  const view = new DataView(page.buffer);
  view.setUint32(MAGIC_AT, MAGIC, true);
  view.setUint16(VERSION_AT, params.version, true);
  view.setUint16(FLAGS_AT, params.flags, true);
  view.setUint8(BOOT_MODE_AT, BOOT_MODES.indexOf(params.bootMode));
  view.setBigUint64(DEVICE_TREE_AT, params.deviceTree, true);
  return page;
}
function bad(offset, what) {
  return new BootControlError(
    "BOOT_PARAMS_BAD",
    `${what} (byte ${offset} of the parameter page); check where the boot loader puts it`,
    { facts: { offset } }
  );
}
function hex(value) {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

// bootctl/adapters/boot-params-reader.ts
async function readBootParams(path, offset) {
  const handle = await open(path, constants.O_RDONLY).catch((cause) => {
    throw new BootControlError(
      "REGION_OPEN_FAILED",
      `${path} could not be opened for reading; check the configured path`,
      { facts: { path }, cause }
    );
  });
  try {
    const page = new Uint8Array(BOOT_PARAMS_BYTES);
    let length = 0;
    while (length < page.length) {
      const { bytesRead } = await handle.read(page, length, page.length - length, offset + length).catch((cause) => {
        throw new BootControlError(
          "REGION_READ_FAILED",
          `could not read the parameter page at offset ${offset + length} of ${path}; the kernel may forbid it`,
          { facts: { path, offset: offset + length }, cause }
        );
      });
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return decodeBootParams(page.subarray(0, length));
  } finally {
    await handle.close();
  }
}

// bootctl/adapters/env-places.ts
import { existsSync as existsSync2 } from "node:fs";
import { readFile, realpath as realpath2, stat, writeFile } from "node:fs/promises";
import { basename as basename2, join as join2 } from "node:path";

// bootctl/uboot-env-block.ts
import { crc32 } from "node:zlib";
var LEAST_ENV_BYTES = 64;
var MOST_ENV_BYTES = 1048576;
var CRC_BYTES = 4;
var FLAGS_AT2 = 4;
var NUL = 0;
function decodeEnv(bytes, layout) {
  if (bytes.length !== layout.size || bytes.length <= dataAt(layout)) {
    return fault("crc", 0, `${bytes.length} bytes instead of ${layout.size}`);
  }
  const start = dataAt(layout);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stored = view.getUint32(0, layout.endian === "little");
  const computed = crc32(bytes.subarray(start));
  if (stored !== computed) return fault("crc", 0, `CRC-32 is ${hex2(stored)}, computed ${hex2(computed)}`);
  const flags = layout.redundant ? view.getUint8(FLAGS_AT2) : 0;
  const entries = [];
  let at = start;
  while (at < bytes.length && bytes[at] !== NUL) {
    const end = bytes.indexOf(NUL, at);
    if (end < 0) return fault("list", at, "the last variable has no end", flags);
    entries.push(Buffer.from(bytes.subarray(at, end)).toString("latin1"));
    at = end + 1;
  }
  if (at >= bytes.length) return fault("list", bytes.length, "the list of variables has no end", flags);
  return { kind: "env", env: { entries, flags } };
}
function encodeEnv(env, layout) {
  const start = dataAt(layout);
  const text = Buffer.from(env.entries.map((entry) => `${entry}\0`).join("") || "\0", "latin1");
  if (start + text.length + 1 > layout.size) return void 0;
  const bytes = new Uint8Array(layout.size);
  bytes.set(text, start);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, crc32(bytes.subarray(start)), layout.endian === "little");
  if (layout.redundant) view.setUint8(FLAGS_AT2, env.flags);
  return bytes;
}
function envVariable(env, name) {
  return env.entries.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
function withEnvVariables(env, changes) {
  let entries = env.entries;
  for (const [name, value] of Object.entries(changes)) {
    const own = (entry) => entry.startsWith(`${name}=`);
    const first = entries.findIndex(own);
    const others = entries.filter((entry) => !own(entry));
    const place = first < 0 ? others.length : first;
    entries = value === void 0 ? others : others.toSpliced(place, 0, `${name}=${value}`);
  }
  return { ...env, entries };
}
var SERIALS = 256;
var OLDEST_SERIAL = 0;
var LAST_SERIAL = 255;
var ACTIVE = 1;
var OBSOLETE = 0;
var ERASED = 255;
var BOOLEAN_TABLE = [
  { first: OBSOLETE, second: ACTIVE, counts: 1 },
  { first: ACTIVE, second: OBSOLETE, counts: 0 },
  // Both alike: power was lost between the two steps of a save.
  { first: ACTIVE, second: ACTIVE, counts: 0 },
  // Written, but its flag never was: newer than any that was.
  { first: ERASED, second: void 0, counts: 0 },
  { first: void 0, second: ERASED, counts: 1 }
];
var serial = (number2) => (number2 + SERIALS) % SERIALS;
var FLAG_SCHEMES = {
  incremental: {
    newer: (first, second) => {
      if (first === LAST_SERIAL && second === OLDEST_SERIAL) return 1;
      if (second === LAST_SERIAL && first === OLDEST_SERIAL) return 0;
      return second > first ? 1 : 0;
    },
    fresh: (current) => serial(current + 1),
    follower: (current) => serial(current + 2),
    behind: (current) => serial(current - 1)
  },
  boolean: {
    newer: (first, second) => {
      const row = BOOLEAN_TABLE.find(
        (row2) => (row2.first ?? first) === first && (row2.second ?? second) === second
      );
      return row?.counts ?? 0;
    },
    fresh: () => ACTIVE,
    follower: () => OBSOLETE,
    behind: () => OBSOLETE
  }
};
function countingCopy(copies, scheme) {
  const whole = copies.flatMap(
    (copy, index) => copy.kind === "env" || copy.fault === "list" ? [{ copy, index }] : []
  );
  const [first, second] = whole;
  if (first === void 0 || second === void 0) return first?.index;
  return scheme.newer(flagsOf(first.copy), flagsOf(second.copy));
}
function flagsOf(copy) {
  return copy.kind === "env" ? copy.env.flags : copy.flags;
}
function dataAt({ redundant }) {
  return redundant ? FLAGS_AT2 + 1 : CRC_BYTES;
}
function fault(kind, offset, detail, flags = 0) {
  return { kind: "fault", fault: kind, offset, detail, flags };
}
function hex2(value) {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

// bootctl/fw-env-config.ts
var MOST_CONFIG_BYTES = 65536;
var MOST_COPIES = 2;
function parseFwEnvConfig(text, path) {
  const refuse = (line2, why) => new BootControlError(
    "BOOT_CONTROL_OPTION",
    `${path}, line ${line2}: ${why}; wanted is "device offset size", once or twice`,
    { facts: { path, line: line2 } }
  );
  const places = [];
  let size;
  let line = 0;
  for (const whole of text.split("\n")) {
    line += 1;
    const [device, offset, bytes, sector] = whole.replace(/#.*/, "").trim().split(/\s+/);
    if (device === void 0 || device === "") continue;
    if (!device.startsWith("/")) throw refuse(line, `"${device.slice(0, 40)}" is no absolute path`);
    const place = {
      device,
      offset: numberOf(offset),
      sector: sector === void 0 ? void 0 : numberOf(sector)
    };
    const length = numberOf(bytes);
    if (Number.isNaN(place.offset) || Number.isNaN(length)) throw refuse(line, "offset or size is no number");
    if (place.sector !== void 0 && !(place.sector > 0)) throw refuse(line, "the sector size is no number");
    if (length < LEAST_ENV_BYTES || length > MOST_ENV_BYTES) {
      throw refuse(line, `a size of ${length} bytes is not within ${LEAST_ENV_BYTES} to ${MOST_ENV_BYTES}`);
    }
    if (size !== void 0 && size !== length) throw refuse(line, "the two copies have different sizes");
    if (places.length === MOST_COPIES) throw refuse(line, "there are at most two copies");
    const [other] = places;
    if (other?.device === device && Math.sign(other.offset + 0.5) === Math.sign(place.offset + 0.5) && Math.abs(other.offset - place.offset) < length) {
      throw refuse(line, "the two copies overlap");
    }
    size = length;
    places.push(place);
  }
  if (size === void 0) throw refuse(line, "no copy is named");
  return { size, places };
}
function numberOf(text) {
  const match = /^(-?)(0x[0-9a-f]{1,12}|[0-9]{1,15})$/i.exec(text ?? "");
  if (match === null) return Number.NaN;
  const [, sign, digits = ""] = match;
  const isOctal = /^0[0-9]/.test(digits);
  if (isOctal && !/^[0-7]+$/.test(digits)) return Number.NaN;
  const magnitude = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  return sign === "-" ? -magnitude : magnitude;
}

// bootctl/adapters/file-region.ts
import { constants as constants2 } from "node:fs";
import { open as open2 } from "node:fs/promises";
async function openFileRegion(path) {
  try {
    return new FileRegion(path, await open2(path, constants2.O_RDWR));
  } catch (cause) {
    throw new BootControlError("REGION_OPEN_FAILED", `${path} could not be opened for reading and writing`, {
      facts: { path },
      cause
    });
  }
}
var FileRegion = class {
  #path;
  #handle;
  constructor(path, handle) {
    this.#path = path;
    this.#handle = handle;
  }
  async read(offset, length) {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const got = await this.#try("REGION_READ_FAILED", "read", offset + done, length - done, async () => {
        const { bytesRead } = await this.#handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new RangeError("the file or device ends here");
        return bytesRead;
      });
      done += got;
    }
    return bytes;
  }
  async write(offset, data) {
    let done = 0;
    while (done < data.length) {
      const put = await this.#try(
        "REGION_WRITE_FAILED",
        "write",
        offset + done,
        data.length - done,
        async () => {
          const { bytesWritten } = await this.#handle.write(data, done, data.length - done, offset + done);
          if (bytesWritten === 0) throw new RangeError("the device takes no more bytes");
          return bytesWritten;
        }
      );
      done += put;
    }
  }
  async flush() {
    await this.#try("REGION_WRITE_FAILED", "flush", 0, 0, () => this.#handle.datasync());
  }
  async close() {
    await this.#handle.close();
  }
  async #try(code, verb, offset, length, step) {
    try {
      return await step();
    } catch (cause) {
      const where = verb === "flush" ? this.#path : `${length} bytes at offset ${offset} of ${this.#path}`;
      throw new BootControlError(code, `could not ${verb} ${where}`, {
        facts: { path: this.#path, offset, length },
        cause
      });
    }
  }
};

// bootctl/adapters/mtd-copy.ts
import { execFile } from "node:child_process";
import { promisify } from "node:util";
var run = promisify(execFile);
var ERASE_LIMIT_MS = 6e4;
var MtdCopy = class {
  name;
  #region;
  #device;
  #offset;
  #size;
  #sector;
  /** `place.offset` in bytes from the beginning; without `place.sector` one copy is one erase block. */
  constructor(region, place, size) {
    this.name = `${place.device} at ${place.offset}`;
    this.#region = region;
    this.#device = place.device;
    this.#offset = place.offset;
    this.#size = size;
    this.#sector = place.sector ?? size;
  }
  read() {
    return this.#region.read(this.#offset, this.#size);
  }
  /** What else lies in the last erase block is written back with it. */
  async write(bytes) {
    const start = Math.floor(this.#offset / this.#sector) * this.#sector;
    const count = Math.ceil((this.#offset + this.#size - start) / this.#sector);
    const blocks = await this.#region.read(start, count * this.#sector);
    blocks.set(bytes, this.#offset - start);
    try {
      await run("flash_erase", ["--quiet", this.#device, String(start), String(count)], {
        timeout: ERASE_LIMIT_MS
      });
    } catch (cause) {
      throw new BootControlError(
        "REGION_WRITE_FAILED",
        `could not erase ${count} blocks at offset ${start} of ${this.#device}; is flash_erase of mtd-utils installed, and the sector size in fw_env.config right?`,
        { facts: { path: this.#device, offset: start, length: blocks.length }, cause }
      );
    }
    await this.#region.write(start, blocks);
  }
};

// bootctl/adapters/replaced-file.ts
import { constants as constants3 } from "node:fs";
import { open as open3, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
var NEW_FILE_MODE = 420;
var PERMISSIONS = 4095;
var ReplacedFile = class {
  path;
  constructor(path) {
    this.path = path;
  }
  async read(mostBytes) {
    try {
      return await withHandle(await open3(this.path, constants3.O_RDONLY), async (handle) => {
        const bytes = new Uint8Array(mostBytes + 1);
        let length = 0;
        while (length < bytes.length) {
          const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
          if (bytesRead === 0) return bytes.slice(0, length);
          length += bytesRead;
        }
        throw new RangeError(`the file is larger than ${mostBytes} bytes`);
      });
    } catch (cause) {
      if (errno(cause) === "ENOENT") return void 0;
      throw this.#error("REGION_READ_FAILED", "read", cause);
    }
  }
  async replace(bytes) {
    try {
      const target = await this.#target();
      const fresh = join(dirname(target), `.${basename(target)}.donabe`);
      try {
        await this.#writeFresh(fresh, target, bytes);
        await rename(fresh, target);
      } catch (cause) {
        await unlink(fresh).catch((error) => {
          if (errno(error) !== "ENOENT") throw new AggregateError([cause, error], "and it was left behind");
        });
        throw cause;
      }
      await syncFolder(dirname(target));
    } catch (cause) {
      throw this.#error("REGION_WRITE_FAILED", "replace", cause);
    }
  }
  async remove() {
    try {
      await unlink(this.path);
      await syncFolder(dirname(this.path));
    } catch (cause) {
      if (errno(cause) === "ENOENT") return;
      throw this.#error("REGION_WRITE_FAILED", "remove", cause);
    }
  }
  async #target() {
    try {
      return await realpath(this.path);
    } catch (cause) {
      if (errno(cause) === "ENOENT") return this.path;
      throw cause;
    }
  }
  async #writeFresh(fresh, target, bytes) {
    const old = await ownership(target);
    const flags = constants3.O_WRONLY | constants3.O_CREAT | constants3.O_TRUNC | constants3.O_NOFOLLOW;
    await withHandle(await open3(fresh, flags, old?.mode ?? NEW_FILE_MODE), async (handle) => {
      await handle.writeFile(bytes);
      await handle.sync();
    });
  }
  #error(code, verb, cause) {
    const why = errno(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    return new BootControlError(
      code,
      `could not ${verb} ${this.path} (${why}); check that its file system is mounted, writable and not full`,
      { facts: { path: this.path, offset: 0, errno: errno(cause) }, cause }
    );
  }
};
async function ownership(path) {
  try {
    return await withHandle(await open3(path, constants3.O_RDONLY), async (handle) => {
      const { mode } = await handle.stat();
      return { mode: mode & PERMISSIONS };
    });
  } catch (cause) {
    if (errno(cause) === "ENOENT") return void 0;
    throw cause;
  }
}
async function syncFolder(path) {
  await withHandle(await open3(path, constants3.O_RDONLY), (folder) => folder.sync());
}
async function withHandle(handle, work) {
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
function errno(error) {
  if (error instanceof AggregateError) return errno(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : void 0;
}

// bootctl/adapters/tool-locks.ts
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname as dirname2 } from "node:path";
var TOOL_LOCKS = ["/run/fw_printenv.lock", "/var/lock/fw_printenv.lock"];
var WAIT_MS = 1e4;
var MOST_COMPLAINT = 500;
async function underLocks(paths, work, waitMs = WAIT_MS) {
  const files = paths.filter((path) => existsSync(dirname2(path)));
  const holder = new LockHolder(files);
  try {
    await holder.held(waitMs);
    return await work();
  } finally {
    await holder.release();
  }
}
var LockHolder = class {
  #files;
  #child;
  #ended;
  #complaint = "";
  constructor(files) {
    this.#files = files;
    const shell = ["sh", "-c", "echo held; exec cat >/dev/null"];
    const [program = "true", ...words] = [...files.flatMap((file) => ["flock", "-x", file]), ...shell];
    this.#child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#complaint = error.message;
        resolve(error);
      });
      this.#child.on("close", resolve);
    });
    this.#child.stdin.on("error", (error) => this.#complain(error.message));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => this.#complain(text));
  }
  async held(waitMs) {
    const timer = setTimeout(() => this.#kill(), waitMs);
    const isHeld = await Promise.race([
      new Promise((resolve) => this.#child.stdout.once("data", () => resolve(true))),
      this.#ended.then(() => false)
    ]);
    clearTimeout(timer);
    if (isHeld) return;
    const files = this.#files.join(" and ");
    throw new BootControlError(
      "BOOT_CONTROL_LOCKED",
      `the locks ${files} could not be had (${this.#complaint.trim() || `waited ${waitMs} ms`}); end the fw_printenv or fw_setenv that hangs, and see that flock is installed`,
      { facts: { paths: files } }
    );
  }
  async release() {
    this.#child.stdin.end();
    await this.#ended;
  }
  #kill() {
    const { pid } = this.#child;
    if (pid !== void 0) process.kill(-pid, "SIGKILL");
  }
  #complain(text) {
    this.#complaint = `${this.#complaint}${text}`.slice(0, MOST_COMPLAINT);
  }
};

// bootctl/adapters/env-places.ts
var MOST_FILE_BYTES = 16 * 1048576;
var SECTOR_BYTES = 512;
var SYSFS_SECTOR_BYTES = 512;
var MTD_MAJOR = 90;
async function openEnvMedium(configPath, system = {}) {
  const config = await readConfig(configPath);
  const sysClass = system.sysClass ?? "/sys/class";
  const opened = [];
  const kinds = [];
  let scheme = "incremental";
  const close = async () => {
    for (const { close: close2 } of opened) await close2();
  };
  try {
    for (const place of config.places) {
      const kind = await kindOf(place.device);
      kinds.push(kind);
      opened.push(await openPlace(place, kind, config, sysClass));
    }
    refuseSharedSector(config, kinds[0] === "mtd", configPath);
    const [first] = config.places;
    if (first !== void 0 && kinds[0] === "mtd") scheme = await mtdScheme(first.device, sysClass);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    size: config.size,
    scheme,
    copies: opened.map(({ copy }) => copy),
    alone: (work) => underLocks(system.locks ?? TOOL_LOCKS, work),
    close
  };
}
async function openPlace(place, kind, config, sysClass) {
  const { size, places } = config;
  const isOnly = places.length === 1;
  if (kind === "file" && isOnly) {
    return { copy: new FileCopy(place, size), close: async () => void 0 };
  }
  const region = await openFileRegion(place.device);
  try {
    const offset = place.offset < 0 ? await lengthOf(place.device, kind, sysClass) + place.offset : place.offset;
    const name = `${place.device} at ${offset}`;
    const copy = (write) => ({
      name,
      read: () => region.read(offset, size),
      write
    });
    const close = () => region.close();
    if (kind === "other" || isOnly) return { copy: copy(() => Promise.reject(notAtomic(name, kind))), close };
    if (kind === "mtd") return { copy: new MtdCopy(region, { ...place, offset }, size), close };
    return { copy: copy((bytes) => writeInPlace(region, offset, bytes, place.device, sysClass)), close };
  } catch (error) {
    await region.close();
    throw error;
  }
}
var FileCopy = class {
  name;
  #file;
  #place;
  #size;
  constructor(place, size) {
    this.name = place.device;
    this.#file = new ReplacedFile(place.device);
    this.#place = place;
    this.#size = size;
  }
  async read() {
    const { bytes, start } = await this.#whole();
    return bytes.slice(start, start + this.#size);
  }
  async write(copy) {
    const { bytes, start } = await this.#whole();
    bytes.set(copy, start);
    await this.#file.replace(bytes);
  }
  async #whole() {
    const bytes = await this.#file.read(MOST_FILE_BYTES);
    const { device, offset } = this.#place;
    const start = offset < 0 ? (bytes?.length ?? 0) + offset : offset;
    if (bytes !== void 0 && start >= 0 && start + this.#size <= bytes.length) return { bytes, start };
    throw new BootControlError(
      "REGION_READ_FAILED",
      `${device} has no ${this.#size} bytes at offset ${offset}; check fw_env.config`,
      { facts: { path: device, offset, length: this.#size } }
    );
  }
};
async function writeInPlace(region, offset, bytes, device, sysClass) {
  const lock = join2(sysClass, "block", basename2(device), "force_ro");
  const isBootPartition = /^mmcblk\d+boot\d+$/.test(basename2(device)) && existsSync2(lock);
  if (isBootPartition) await writeFile(lock, "0");
  try {
    await region.write(offset, bytes);
    await region.flush();
  } finally {
    if (isBootPartition) await writeFile(lock, "1");
  }
}
async function readConfig(path) {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new BootControlError(
      "REGION_OPEN_FAILED",
      `${path} could not be read; it says where the U-Boot environment lies`,
      { facts: { path }, cause }
    );
  }
  if (text.length <= MOST_CONFIG_BYTES) return parseFwEnvConfig(text, path);
  throw new BootControlError("BOOT_CONTROL_OPTION", `${path} is larger than ${MOST_CONFIG_BYTES} bytes`, {
    facts: { path, length: text.length }
  });
}
async function kindOf(device) {
  try {
    const found = await stat(device);
    if (found.isFile()) return "file";
    if (found.isBlockDevice()) return "block";
    return found.isCharacterDevice() && (found.rdev >> 8 & 4095) === MTD_MAJOR ? "mtd" : "other";
  } catch (cause) {
    throw new BootControlError("REGION_OPEN_FAILED", `${device} is not there; check fw_env.config`, {
      facts: { path: device },
      cause
    });
  }
}
async function mtdScheme(device, sysClass) {
  const path = join2(sysClass, "mtd", basename2(device), "type");
  try {
    const type = (await readFile(path, "utf8")).trim();
    return type === "nor" || type === "dataflash" ? "boolean" : "incremental";
  } catch (cause) {
    throw new BootControlError("REGION_OPEN_FAILED", `${path} does not say what kind of flash ${device} is`, {
      facts: { path },
      cause
    });
  }
}
async function lengthOf(device, kind, sysClass) {
  try {
    if (kind === "file") return (await stat(device)).size;
    const path = join2(sysClass, "block", basename2(await realpath2(device)), "size");
    return Number(await readFile(path, "utf8")) * SYSFS_SECTOR_BYTES;
  } catch (cause) {
    throw new BootControlError("REGION_READ_FAILED", `the size of ${device} could not be found out`, {
      facts: { path: device },
      cause
    });
  }
}
function refuseSharedSector({ places, size }, isFlash, path) {
  const [first, second] = places;
  if (first === void 0 || second === void 0 || first.device !== second.device) return;
  const unit = isFlash ? first.sector ?? size : SECTOR_BYTES;
  const [low, high] = [first.offset, second.offset].sort((left, right) => left - right);
  if (low === void 0 || high === void 0) return;
  if (Math.floor((low + size - 1) / unit) < Math.floor(high / unit)) return;
  throw new BootControlError(
    "BOOT_CONTROL_OPTION",
    `${path}: a part of both copies lies in the same ${unit} bytes of ${first.device}, and they would be lost together; align them to ${unit} bytes`,
    { facts: { path, device: first.device, unit } }
  );
}
function notAtomic(name, kind) {
  const why = kind === "other" ? "this kind of device cannot be written in place" : "it is the only copy, and a power cut in a write would lose it";
  return new BootControlError(
    "BOOT_CONTROL_NOT_ATOMIC",
    `the U-Boot environment at ${name} is not written: ${why}; build U-Boot with CONFIG_SYS_REDUNDAND_ENVIRONMENT and name both copies in fw_env.config`,
    { facts: { path: name } }
  );
}

// bootctl/adapters/find-booted-slot.ts
import { readFile as readFile2, stat as stat2 } from "node:fs/promises";

// bootctl/backend.ts
var SLOT_NAMES = ["a", "b"];
function otherSlot(slot) {
  return slot === "a" ? "b" : "a";
}

// bootctl/boot-names.ts
var DEFAULT_BOOT_NAMES = { a: "A", b: "B" };
var BOOT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;
function checkedBootNames(names) {
  const areNames = BOOT_NAME.test(names.a) && BOOT_NAME.test(names.b) && names.a !== names.b;
  if (areNames && names.a.toLowerCase() !== "b" && names.b.toLowerCase() !== "a") return names;
  throw new BootControlError(
    "BOOT_CONTROL_OPTION",
    `"${names.a}" and "${names.b}" are no two boot names of slots a and b: letters, digits, "_", "." and "-", at most 32`,
    { facts: { a: names.a, b: names.b } }
  );
}
function slotsInList(list, names, variable) {
  const slots = /* @__PURE__ */ new Set();
  for (const word of list.split(/\s+/).filter(Boolean)) {
    const slot = SLOT_NAMES.find((name) => names[name] === word);
    if (slot === void 0) {
      throw new BootControlError(
        "BOOT_CONTROL_NOT_TWO_SLOTS",
        `${variable} names "${word.slice(0, 40)}", known are ${names.a} and ${names.b}; correct the variable or the configured names`,
        { facts: { variable, name: word.slice(0, 40) } }
      );
    }
    slots.add(slot);
  }
  return [...slots];
}
function listOfSlots(slots, names) {
  return slots.map((slot) => names[slot]).join(" ");
}

// bootctl/booted-slot.ts
var SLOT_PARAMETERS = {
  "androidboot.slot_suffix": { _a: "a", _b: "b" },
  "rauc.slot": { A: "a", B: "b", a: "a", b: "b" },
  "donabe.slot": { a: "a", b: "b" }
};
var NAMED_PARAMETER = "rauc.slot";
var MAX_SHOWN = 200;
function slotStatements(cmdline, names) {
  return wordsOf(cmdline).flatMap((word) => {
    const { name, value } = parameter(word);
    const values = lookUp(SLOT_PARAMETERS, name);
    if (values === void 0) return [];
    const byName = name === NAMED_PARAMETER && names !== void 0 ? slotNamed(names, value) : void 0;
    return [{ source: word, slot: byName ?? lookUp(values, value) }];
  });
}
function rootDevice(cmdline) {
  const root = wordsOf(cmdline).findLast((word) => word.startsWith("root="));
  if (root === void 0) return void 0;
  const { value } = parameter(root);
  const { name: kind, value: id } = parameter(value);
  const isPlain = id !== "" && !id.includes("/") && id !== "..";
  if (kind === "PARTUUID" && isPlain) return `/dev/disk/by-partuuid/${id.toLowerCase()}`;
  if (kind === "PARTLABEL" && isPlain) return `/dev/disk/by-partlabel/${id}`;
  return /^\/dev\/[^=]+$/.test(value) ? value : void 0;
}
function agreedSlot(statements) {
  const [slot, ...more] = new Set(statements.map((statement) => statement.slot));
  if (slot !== void 0 && more.length === 0) return slot;
  const seen = statements.map((statement) => statement.source).join(" ").slice(0, MAX_SHOWN);
  const names = Object.keys(SLOT_PARAMETERS).join(", ");
  throw new BootControlError(
    "BOOTED_SLOT_UNKNOWN",
    statements.length === 0 ? `the kernel command line has none of ${names}, nor a root= that is a slot's; the boot loader must pass one` : `the kernel command line and the board do not name one slot: ${seen}; correct what the boot loader passes`,
    { facts: { seen } }
  );
}
function bootedSlotFrom(cmdline, names) {
  return agreedSlot(slotStatements(cmdline, names));
}
function wordsOf(cmdline) {
  return cmdline.split(/[\s\0]+/).filter(Boolean);
}
function parameter(word) {
  const equals = word.indexOf("=");
  if (equals < 0) return { name: "", value: "" };
  return { name: word.slice(0, equals), value: word.slice(equals + 1) };
}
function slotNamed(names, value) {
  if (value === names.a) return "a";
  return value === names.b ? "b" : void 0;
}
function lookUp(table, key) {
  return Object.hasOwn(table, key) ? table[key] : void 0;
}

// bootctl/adapters/vendor-process.ts
import { spawn as spawn2 } from "node:child_process";
var COMMAND_LIMIT_MS = 3e4;
var MOST_OUTPUT_BYTES = 4096;
var VendorProcess = class {
  path;
  #limitMs;
  /** `path`: an executable; it is never run by a shell. */
  constructor(path, limitMs = COMMAND_LIMIT_MS) {
    this.path = path;
    this.#limitMs = limitMs;
  }
  run(words) {
    return new Promise((resolve, reject) => {
      const fail = (code, what, cause) => reject(
        new BootControlError(code, `${this.path} ${words.join(" ")} ${what}; see what it says by hand`, {
          facts: { path: this.path, verb: words[0] },
          cause
        })
      );
      const child = spawn2(this.path, words, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
      const kill = () => {
        killGroup(child.pid);
        child.stdout.destroy();
        child.stderr.destroy();
      };
      let late = false;
      const output = { out: "", err: "" };
      const collect = (name) => (data) => {
        output[name] += data.toString("latin1");
        if (output[name].length > MOST_OUTPUT_BYTES) kill();
      };
      child.stdout.on("data", collect("out"));
      child.stderr.on("data", collect("err"));
      const timer = setTimeout(() => {
        late = true;
        kill();
      }, this.#limitMs);
      child.once("error", (cause) => {
        clearTimeout(timer);
        fail("COMMAND_FAILED", "could not be started", cause);
      });
      child.once("close", (status, signal) => {
        clearTimeout(timer);
        const said = output.err.trim().slice(0, 200);
        if (late) fail("COMMAND_TIMEOUT", `did not end within ${this.#limitMs} ms and was killed`);
        else if (Math.max(output.out.length, output.err.length) > MOST_OUTPUT_BYTES) {
          fail("COMMAND_FAILED", `printed more than ${MOST_OUTPUT_BYTES} bytes and was killed`);
        } else if (status !== 0) {
          const end = status === null ? `was ended by ${signal}` : `ended with status ${status}`;
          fail("COMMAND_FAILED", said === "" ? end : `${end} (${said})`);
        } else resolve(output.out.trimEnd());
      });
    });
  }
};
function killGroup(pid) {
  if (pid === void 0) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

// bootctl/adapters/find-booted-slot.ts
async function findBootedSlot(clues) {
  const cmdline = await readFile2(clues.cmdline, "utf8").catch((cause) => {
    throw new BootControlError("BOOTED_SLOT_UNKNOWN", `${clues.cmdline} could not be read`, {
      facts: { path: clues.cmdline },
      cause
    });
  });
  return agreedSlot([
    ...slotStatements(cmdline, clues.names),
    ...await statementOfRoot(cmdline, clues),
    ...await statementOfCommand(clues)
  ]);
}
async function statementOfRoot(cmdline, { partitions }) {
  const path = rootDevice(cmdline);
  const root = path === void 0 ? void 0 : await deviceOf(path);
  if (path === void 0 || root === void 0) return [];
  const statements = [];
  for (const slot of SLOT_NAMES) {
    const devices = await Promise.all(partitions[slot].map(deviceOf));
    if (devices.includes(root)) statements.push({ source: `root=${path}`, slot });
  }
  return statements;
}
async function statementOfCommand({
  command: [program, ...words],
  names = DEFAULT_BOOT_NAMES
}) {
  if (program === void 0) return [];
  const answer = await new VendorProcess(program).run(words);
  const [slot] = slotsInList(answer, names, program);
  return [{ source: `${program}: ${answer}`, slot }];
}
async function deviceOf(path) {
  try {
    const found = await stat2(path, { bigint: true });
    return found.isBlockDevice() ? `device ${found.rdev}` : `file ${found.dev} ${found.ino}`;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return void 0;
    throw new BootControlError("BOOTED_SLOT_UNKNOWN", `${path} could not be looked at`, {
      facts: { path },
      cause: error
    });
  }
}

// bootctl/android-block.ts
import { crc32 as crc322 } from "node:zlib";
var BLOCK_BYTES = 32;
var BLOCK_VERSION = 1;
var MAX_PRIORITY = 15;
var MAX_TRIES = 7;
var BLOCK_SLOTS = 4;
var MAGIC2 = 1111573314;
var SUFFIX_BYTES = 4;
var MAGIC_AT2 = 4;
var VERSION_AT2 = 8;
var COUNTS_AT = 9;
var SLOT_COUNT_MASK = 7;
var MERGE_LOW_SHIFT = 6;
var MERGE_HIGH_AT = 10;
var MERGE_HIGH_MASK = 1;
var MERGE_HIGH_SHIFT = 2;
var SLOTS_AT = 12;
var SLOT_BYTES = 2;
var CRC_AT = 28;
var PRIORITY_MASK = 15;
var TRIES_SHIFT = 4;
var TRIES_MASK = 112;
var SUCCESSFUL_BIT = 128;
var VERITY_CORRUPTED_BIT = 1;
function decodeAndroidBlock(bytes) {
  if (bytes.length < BLOCK_BYTES) return fault2("crc", `only ${bytes.length} of ${BLOCK_BYTES} bytes`);
  const kept = bytes.slice(0, BLOCK_BYTES);
  const view = new DataView(kept.buffer);
  const stored = view.getUint32(CRC_AT, true);
  const computed = crc322(kept.subarray(0, CRC_AT));
  if (stored !== computed) return fault2("crc", `CRC-32 is ${hex3(stored)}, computed ${hex3(computed)}`);
  const magic = view.getUint32(MAGIC_AT2, true);
  if (magic !== MAGIC2) return fault2("magic", `magic is ${hex3(magic)}, not ${hex3(MAGIC2)}`);
  const version = view.getUint8(VERSION_AT2);
  if (version > BLOCK_VERSION) return fault2("too-new", `version is ${version}, known is ${BLOCK_VERSION}`);
  const block = {
    suffix: Buffer.from(kept.subarray(0, SUFFIX_BYTES)).toString("latin1"),
    slotCount: view.getUint8(COUNTS_AT) & SLOT_COUNT_MASK,
    slots: Array.from({ length: BLOCK_SLOTS }, (_, index) => decodeSlot(view, SLOTS_AT + index * SLOT_BYTES)),
    kept
  };
  return { kind: "block", block };
}
function encodeAndroidBlock(block) {
  const bytes = block.kept.slice(0, BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(block.suffix, "latin1").subarray(0, SUFFIX_BYTES), 0);
  view.setUint8(COUNTS_AT, view.getUint8(COUNTS_AT) & ~SLOT_COUNT_MASK | block.slotCount);
  for (const [index, slot] of block.slots.entries()) encodeSlot(view, SLOTS_AT + index * SLOT_BYTES, slot);
  view.setUint32(CRC_AT, crc322(bytes.subarray(0, CRC_AT)), true);
  return bytes;
}
var MERGE_STATUSES = ["none", "unknown", "snapshotted", "merging", "cancelled"];
function mergeStatusOf(block) {
  const low = (block.kept[COUNTS_AT] ?? 0) >> MERGE_LOW_SHIFT;
  const high = (block.kept[MERGE_HIGH_AT] ?? 0) & MERGE_HIGH_MASK;
  return MERGE_STATUSES[low | high << MERGE_HIGH_SHIFT];
}
function newAndroidBlock(suffix, slots) {
  const kept = new Uint8Array(BLOCK_BYTES);
  const view = new DataView(kept.buffer);
  view.setUint32(MAGIC_AT2, MAGIC2, true);
  view.setUint8(VERSION_AT2, BLOCK_VERSION);
  return { suffix, slotCount: slots.length, slots: [...slots, UNUSED_SLOT, UNUSED_SLOT], kept };
}
var UNUSED_SLOT = {
  priority: 0,
  triesRemaining: 0,
  successful: false,
  verityCorrupted: false,
  reserved: 0
};
function decodeSlot(view, offset) {
  const first = view.getUint8(offset);
  const second = view.getUint8(offset + 1);
  return {
    priority: first & PRIORITY_MASK,
    triesRemaining: (first & TRIES_MASK) >> TRIES_SHIFT,
    successful: (first & SUCCESSFUL_BIT) !== 0,
    verityCorrupted: (second & VERITY_CORRUPTED_BIT) !== 0,
    reserved: second & ~VERITY_CORRUPTED_BIT
  };
}
function encodeSlot(view, offset, slot) {
  const successful = slot.successful ? SUCCESSFUL_BIT : 0;
  view.setUint8(offset, successful | slot.triesRemaining << TRIES_SHIFT | slot.priority);
  view.setUint8(offset + 1, slot.reserved | (slot.verityCorrupted ? VERITY_CORRUPTED_BIT : 0));
}
function fault2(kind, detail) {
  return { kind: "fault", fault: kind, detail };
}
function hex3(value) {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

// bootctl/boot-decision.ts
var ANY = "*";
var COPY_TABLE = [
  // The main copy is whole: the backup is not even looked at.
  { main: "good", backup: ANY, counts: "main" },
  // Whole, but not this format: an error, no boot, and no look at the backup.
  { main: "magic", backup: ANY, counts: "refused" },
  { main: "too-new", backup: ANY, counts: "refused" },
  // Torn or rotten main copy: the backup is copied over it when its CRC is right ...
  { main: "crc", backup: "good", counts: "backup" },
  // ... and judged only afterwards, so a strange backup ends as a strange main copy does.
  { main: "crc", backup: "magic", counts: "refused" },
  { main: "crc", backup: "too-new", counts: "refused" },
  // Both lost: a default block, in which every slot may boot and a comes first.
  { main: "crc", backup: "crc", counts: "default" }
];
var CANDIDATE_TABLE = [
  // Flagged by dm-verity: never.
  { verityCorrupted: true, tries: ANY, successful: ANY, candidate: false, costsTry: false },
  // Marked good: always, and for nothing.
  { verityCorrupted: false, tries: ANY, successful: true, candidate: true, costsTry: false },
  // On trial: as long as there are tries; the one that is used up is written before the jump.
  { verityCorrupted: false, tries: "some", successful: false, candidate: true, costsTry: true },
  // Tries used up, or marked unbootable.
  { verityCorrupted: false, tries: "none", successful: false, candidate: false, costsTry: false }
];
var RANKING = [
  { measure: "priority", of: (slot) => slot.priority },
  { measure: "successful", of: (slot) => Number(slot.successful) },
  { measure: "tries remaining", of: (slot) => slot.triesRemaining }
];
function decideBoot(main, backup) {
  const copies = { main: decodeAndroidBlock(main), backup: decodeAndroidBlock(backup) };
  const { counts, judged } = decidingBlock(copies.main, copies.backup);
  if (judged === void 0) {
    return { slot: void 0, counts, judged, writeMain: void 0, writeBackup: void 0 };
  }
  const index = bestCandidate(judged);
  const after = encodeAndroidBlock(booted(judged, index));
  return {
    slot: index === void 0 ? void 0 : SLOT_NAMES[index],
    counts,
    judged,
    writeMain: same(after, main) ? void 0 : after,
    writeBackup: same(after, backup) ? void 0 : after
  };
}
function decidingBlock(main, backup) {
  const counts = decidingCopy(finding(main), finding(backup));
  if (counts === "main" && main.kind === "block") return { counts, judged: main.block };
  if (counts === "backup" && backup.kind === "block") return { counts, judged: backup.block };
  return { counts, judged: counts === "default" ? defaultBlock() : void 0 };
}
function bestCandidate(block) {
  let best;
  for (const [index, slot] of block.slots.slice(0, Math.min(block.slotCount, BLOCK_SLOTS)).entries()) {
    const rival = best === void 0 ? void 0 : block.slots[best];
    if (isCandidate(slot) && (rival === void 0 || ranksAbove(slot, rival))) best = index;
  }
  return best;
}
function isCandidate(slot) {
  return candidateRow(slot)?.candidate ?? false;
}
function defaultBlock() {
  const fresh = {
    priority: MAX_PRIORITY,
    triesRemaining: MAX_TRIES,
    successful: false,
    verityCorrupted: false,
    reserved: 0
  };
  return newAndroidBlock(suffixOf(0), [fresh, fresh]);
}
function decidingCopy(main, backup) {
  const row = COPY_TABLE.find((row2) => matches(row2.main, main) && matches(row2.backup, backup));
  return row?.counts ?? "refused";
}
function candidateRow(slot) {
  const tries = slot.triesRemaining > 0 ? "some" : "none";
  return CANDIDATE_TABLE.find(
    (row) => matches(row.verityCorrupted, slot.verityCorrupted) && matches(row.tries, tries) && matches(row.successful, slot.successful)
  );
}
function ranksAbove(slot, rival) {
  const decisive = RANKING.find(({ of }) => of(slot) !== of(rival));
  return decisive !== void 0 && decisive.of(slot) > decisive.of(rival);
}
function booted(block, index) {
  const slotCount = Math.min(block.slotCount, BLOCK_SLOTS);
  if (index === void 0) return { ...block, slotCount };
  const slots = block.slots.map(
    (slot, at) => at === index && candidateRow(slot)?.costsTry ? { ...slot, triesRemaining: slot.triesRemaining - 1 } : slot
  );
  return { ...block, suffix: suffixOf(index), slotCount, slots };
}
function suffixOf(index) {
  return `_${String.fromCharCode("a".charCodeAt(0) + index)}\0\0`;
}
function finding(copy) {
  return copy.kind === "block" ? "good" : copy.fault;
}
function matches(pattern, value) {
  return pattern === ANY || pattern === value;
}
function same(block, copy) {
  return copy.length >= BLOCK_BYTES && Buffer.compare(block, copy.subarray(0, BLOCK_BYTES)) === 0;
}

// bootctl/android-changes.ts
var OTHER_PRIORITY = MAX_PRIORITY - 1;
var TRIES_OF_GOOD = 1;
function bootStateOf(block) {
  const strangers = block.slots.slice(SLOT_NAMES.length, Math.min(block.slotCount, BLOCK_SLOTS));
  if (block.slotCount < SLOT_NAMES.length || strangers.some(isCandidate)) {
    throw new BootControlError(
      "BOOT_CONTROL_NOT_TWO_SLOTS",
      `the boot control counts ${block.slotCount} slots of which more or fewer than a and b can boot; initialise it anew`,
      { facts: { slotCount: block.slotCount } }
    );
  }
  const best = bestCandidate(block);
  return {
    slots: { a: slotStateOf(infoOf(block, "a")), b: slotStateOf(infoOf(block, "b")) },
    active: best === void 0 ? void 0 : SLOT_NAMES[best]
  };
}
function unbootable(block, slot) {
  if (isCandidate(infoOf(block, slot))) requireBootable(block, otherSlot(slot));
  return withSlot(block, slot, emptied(infoOf(block, slot)));
}
function bad2(block, slot) {
  requireBootable(block, otherSlot(slot));
  return withSlot(block, slot, emptied(infoOf(block, slot)));
}
function activated(block, slot, tries) {
  requireTries(tries);
  const next = { ...infoOf(block, slot), triesRemaining: tries, successful: false, verityCorrupted: false };
  return withActive(withSlot(block, slot, next), slot);
}
function deactivated(block, target, booted2) {
  if (target === booted2) {
    throw new BootControlError("NO_FALLBACK", `slot ${target} cannot be given up in favour of itself`);
  }
  requireBootable(block, booted2);
  return withActive(withSlot(block, target, emptied(infoOf(block, target))), booted2);
}
function good(block, slot) {
  const info = infoOf(block, slot);
  if (info.verityCorrupted) {
    throw new BootControlError(
      "VERITY_CORRUPTED",
      `slot ${slot} is flagged as corrupted; install it again instead of marking it good`,
      { facts: { slot } }
    );
  }
  const triesRemaining = Math.max(info.triesRemaining, TRIES_OF_GOOD);
  return withActive(withSlot(block, slot, { ...info, successful: true, triesRemaining }), slot);
}
function refilled(block, slot, tries) {
  requireTries(tries);
  const info = infoOf(block, slot);
  if (info.successful) return block;
  if (info.priority === 0) {
    throw new BootControlError("NOT_ON_TRIAL", `slot ${slot} was marked unbootable; activate it instead`, {
      facts: { slot }
    });
  }
  return withSlot(block, slot, { ...info, triesRemaining: Math.max(info.triesRemaining, tries) });
}
function infoOf(block, slot) {
  return block.slots[SLOT_NAMES.indexOf(slot)] ?? UNUSED_SLOT;
}
function slotStateOf(info) {
  return {
    ranked: info.priority > 0,
    triesRemaining: info.triesRemaining,
    successful: info.successful,
    bootable: isCandidate(info)
  };
}
function withSlot(block, slot, info) {
  const place = SLOT_NAMES.indexOf(slot);
  return { ...block, slots: block.slots.map((old, index) => index === place ? info : old) };
}
function withActive(block, slot) {
  const other = infoOf(block, otherSlot(slot));
  const first = withSlot(block, slot, { ...infoOf(block, slot), priority: MAX_PRIORITY });
  return withSlot(first, otherSlot(slot), { ...other, priority: Math.min(other.priority, OTHER_PRIORITY) });
}
function emptied(info) {
  return { ...info, priority: 0, triesRemaining: 0, successful: false };
}
function requireBootable(block, slot) {
  if (isCandidate(infoOf(block, slot))) return;
  throw new BootControlError(
    "NO_FALLBACK",
    `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`,
    { facts: { fallback: slot } }
  );
}
function requireTries(tries) {
  if (Number.isInteger(tries) && tries >= 1 && tries <= MAX_TRIES) return;
  throw new BootControlError("TRIES_OUT_OF_RANGE", `${tries} tries do not fit: 1 to ${MAX_TRIES}`, {
    facts: { tries }
  });
}

// bootctl/android-misc.ts
var ANDROID_MAIN_OFFSET = 2048;
var ANDROID_BACKUP_OFFSET = 4096 + ANDROID_MAIN_OFFSET;
var SECTOR_BYTES2 = 512;
var COPY_NAMES = ["main", "backup"];
var AndroidMisc = class {
  abilities = {
    name: "android-misc",
    mostTries: MAX_TRIES,
    trialSurvivesPowerOff: true,
    hasUnbootable: true,
    oneWriteFlip: true
  };
  #region;
  #offsets;
  constructor(region, layout = {}) {
    this.#region = region;
    this.#offsets = {
      main: layout.mainOffset ?? ANDROID_MAIN_OFFSET,
      backup: layout.backupOffset ?? ANDROID_BACKUP_OFFSET
    };
  }
  async read() {
    const copies = await this.#load();
    const { counts, judged } = decidingBlock(copies.main.found, copies.backup.found);
    if (judged === void 0 || counts === "default") throw unusable(copies);
    return bootStateOf(judged);
  }
  async scrub(how) {
    const copies = await this.#load();
    const truth = encodeAndroidBlock(validBlock(copies));
    const health = COPY_NAMES.map((name) => healthOf(name, copies[name], truth));
    const sick = COPY_NAMES.filter((_, index) => health[index]?.health !== "good");
    if (how.repair) for (const name of sick) await this.#write(name, truth);
    return { copies: health, repaired: how.repair ? sick : [] };
  }
  markUnbootable(slot) {
    return this.#change((block) => unbootable(block, slot));
  }
  activate(slot, tries) {
    return this.#change((block) => activated(block, slot, tries));
  }
  deactivate(target, booted2) {
    return this.#change((block) => deactivated(block, target, booted2));
  }
  markGood(slot) {
    return this.#change((block) => good(block, slot));
  }
  markBad(slot) {
    return this.#change((block) => bad2(block, slot));
  }
  refill(slot, tries) {
    return this.#change((block) => refilled(block, slot, tries));
  }
  /**
   * The factory's first write: `slot` good and active, the other one unbootable. Only on a region in which
   * neither copy is valid; a valid one is BOOT_CONTROL_NOT_BLANK.
   */
  async initialise(slot) {
    const copies = await this.#load();
    for (const name of COPY_NAMES) {
      const { found } = copies[name];
      if (found.kind === "block" || found.fault === "too-new") {
        throw new BootControlError(
          "BOOT_CONTROL_NOT_BLANK",
          `the ${name} copy of the boot control is valid already; zero it first if it has to go`,
          { facts: { copy: name } }
        );
      }
    }
    const factory = { ...UNUSED_SLOT, priority: MAX_PRIORITY, triesRemaining: MAX_TRIES, successful: true };
    const slots = slot === "a" ? [factory, UNUSED_SLOT] : [UNUSED_SLOT, factory];
    const bytes = encodeAndroidBlock(newAndroidBlock(`_${slot}\0\0`, slots));
    for (const name of COPY_NAMES) await this.#write(name, bytes);
  }
  close() {
    return this.#region.close();
  }
  async #change(change) {
    const before = validBlock(await this.#load());
    bootStateOf(before);
    const bytes = encodeAndroidBlock(change(before));
    await this.scrub({ repair: true });
    for (const name of COPY_NAMES) await this.#write(name, bytes);
  }
  async #load() {
    const [main, backup] = [await this.#loadCopy("main"), await this.#loadCopy("backup")];
    return { main, backup };
  }
  async #loadCopy(name) {
    const sector = await this.#region.read(this.#offsets[name], SECTOR_BYTES2);
    return { sector, found: decodeAndroidBlock(sector) };
  }
  /** Replaces the block in the copy's sector, flushes, reads back, and asks the boot loader's rule. */
  async #write(name, block) {
    const { sector } = await this.#loadCopy(name);
    const wanted = Uint8Array.from(sector);
    wanted.set(block, 0);
    await this.#region.write(this.#offsets[name], wanted);
    await this.#region.flush();
    const after = await this.#load();
    const { judged } = decideBoot(after.main.sector, after.backup.sector);
    const decided = judged === void 0 ? void 0 : encodeAndroidBlock(judged);
    if (equal(after[name].sector, wanted) && decided !== void 0 && equal(decided, block)) return;
    throw new BootControlError(
      "BOOT_CONTROL_READ_BACK",
      `the ${name} copy of the boot control reads otherwise than it was written; the storage may be failing`,
      { facts: { copy: name, offset: this.#offsets[name] } }
    );
  }
};
function validBlock(copies) {
  for (const name of COPY_NAMES) {
    const { found } = copies[name];
    if (found.kind === "block") return found.block;
    if (found.fault === "too-new") throw unusable(copies);
  }
  throw unusable(copies);
}
function healthOf(copy, { sector, found }, truth) {
  if (found.kind === "fault") return { copy, health: "bad", detail: found.detail };
  if (equal(sector.subarray(0, BLOCK_BYTES), truth)) {
    const merge = mergeStatusOf(found.block) ?? "of a number that has no name";
    return { copy, health: "good", detail: merge === "none" ? "" : `merge status ${merge}` };
  }
  return { copy, health: "stale", detail: "valid, but older than the main copy" };
}
function unusable(copies) {
  const faults = COPY_NAMES.map((name) => copies[name].found).filter((found) => found.kind === "fault");
  const details = COPY_NAMES.map((name) => {
    const { found } = copies[name];
    return `${name}: ${found.kind === "fault" ? found.detail : "valid"}`;
  }).join("; ");
  const tooNew = faults.some((found) => found.fault === "too-new");
  if (tooNew) {
    const sentence2 = `the boot control is newer than this program (${details}); update the agent first`;
    return new BootControlError("BOOT_CONTROL_TOO_NEW", sentence2, { facts: { details } });
  }
  const repairable = faults.length < COPY_NAMES.length;
  const advice = repairable ? "scrub rewrites it from the valid copy" : "it has to be initialised anew";
  const sentence = `the boot loader has no boot control to go by (${details}); ${advice}`;
  return new BootControlError("BOOT_CONTROL_BAD", sentence, { facts: { details, repairable } });
}
function equal(left, right) {
  return Buffer.compare(left, right) === 0;
}

// bootctl/backends.ts
import { endianness } from "node:os";

// bootctl/grub-block.ts
var GRUB_BLOCK_BYTES = 1024;
var GRUB_BLOCK_MOST_BYTES = 65536;
var SIGNATURE = "# GRUB Environment Block\n";
var FILLER = "#".charCodeAt(0);
var LINE_FEED = "\n".charCodeAt(0);
function decodeGrubBlock(bytes) {
  if (bytes.length > GRUB_BLOCK_MOST_BYTES) {
    return fault3(GRUB_BLOCK_MOST_BYTES, `${bytes.length} bytes are too many for a block`);
  }
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.startsWith(SIGNATURE)) return fault3(0, 'it does not begin with "# GRUB Environment Block"');
  const end = endOfLines(bytes);
  if (bytes[end - 1] !== LINE_FEED) return fault3(end, "no line feed stands before the filler");
  const lines = [];
  for (let at = SIGNATURE.length; at < end; ) {
    const lineEnd = endOfLine(text, at, end);
    if (lineEnd === void 0) return fault3(at, "the last line does not end");
    const line = text.slice(at, lineEnd);
    const decoded = decodeLine(line);
    if (decoded === void 0) return fault3(at, "a line is neither name=value nor a comment");
    lines.push(decoded);
    at = lineEnd + 1;
  }
  return { kind: "block", block: { size: bytes.length, lines } };
}
function encodeGrubBlock(block) {
  const text = SIGNATURE + block.lines.map((line) => `${encodeLine(line)}
`).join("");
  if (text.length > block.size) return void 0;
  const bytes = new Uint8Array(block.size).fill(FILLER);
  bytes.set(Buffer.from(text, "latin1"));
  return bytes;
}
function newGrubBlock() {
  return { size: GRUB_BLOCK_BYTES, lines: [] };
}
function grubVariable(block, name) {
  const line = block.lines.findLast((line2) => line2.kind === "variable" && line2.name === name);
  return line?.kind === "variable" ? line.value : void 0;
}
function withGrubVariable(block, name, value) {
  const isIt = (line2) => line2.kind === "variable" && line2.name === name;
  const first = block.lines.findIndex(isIt);
  const at = first < 0 ? block.lines.length : first;
  const others = block.lines.filter((line2) => !isIt(line2));
  if (value === void 0) return { ...block, lines: others };
  const line = { kind: "variable", name, value };
  return { ...block, lines: [...others.slice(0, at), line, ...others.slice(at)] };
}
function endOfLines(bytes) {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === FILLER) end -= 1;
  return end;
}
function endOfLine(text, start, end) {
  for (let at = start; at < end; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "\n") return at;
  }
  return void 0;
}
function decodeLine(line) {
  if (line.startsWith("#")) return { kind: "comment", text: line };
  const equals = line.indexOf("=");
  if (equals < 1) return void 0;
  const name = line.slice(0, equals);
  if (name.includes("\\")) return void 0;
  return { kind: "variable", name, value: line.slice(equals + 1).replace(/\\([\s\S])/g, "$1") };
}
function encodeLine(line) {
  return line.kind === "comment" ? line.text : `${line.name}=${line.value.replace(/[\\\n]/g, "\\$&")}`;
}
function fault3(offset, detail) {
  return { kind: "fault", offset, detail };
}

// bootctl/order-record.ts
function stateOfOrder(record, rules) {
  return {
    slots: { a: slotStateOf2(record, "a", rules), b: slotStateOf2(record, "b", rules) },
    active: firstWithTries(record)
  };
}
function firstWithTries(record) {
  return record.order.find((slot) => record.tries[slot] > 0);
}
function unbootableInOrder(record, slot) {
  if (canBoot(record, slot)) requireBootable2(record, otherSlot(slot));
  return without(record, slot);
}
function badInOrder(record, slot) {
  requireBootable2(record, otherSlot(slot));
  return without(record, slot);
}
function activatedInOrder(record, slot, tries, rules) {
  requireTries2(tries, rules);
  const trial = SLOT_NAMES.filter((name) => name === slot || record.trial.includes(name));
  return { order: movedToFront(record, slot), tries: { ...record.tries, [slot]: tries }, trial };
}
function deactivatedInOrder(record, target, booted2) {
  if (target === booted2) {
    throw new BootControlError("NO_FALLBACK", `slot ${target} cannot be given up in favour of itself`);
  }
  requireBootable2(record, booted2);
  const left = without(record, target);
  return { ...left, order: movedToFront(left, booted2) };
}
function goodInOrder(record, slot, rules) {
  return {
    order: movedToFront(record, slot),
    tries: { ...record.tries, [slot]: Math.max(record.tries[slot], rules.triesOfGood) },
    trial: record.trial.filter((name) => name !== slot)
  };
}
function refilledInOrder(record, slot, tries, rules) {
  requireTries2(tries, rules);
  if (slotStateOf2(record, slot, rules).successful) return record;
  if (!record.order.includes(slot)) {
    throw new BootControlError("NOT_ON_TRIAL", `slot ${slot} was marked unbootable; activate it instead`, {
      facts: { slot }
    });
  }
  return { ...record, tries: { ...record.tries, [slot]: Math.max(record.tries[slot], tries) } };
}
function restoredInOrder(record, rules) {
  const slot = rules.countedBooted;
  if (slot === void 0 || !slotStateOf2(record, slot, rules).successful) return record;
  if (record.tries[slot] >= rules.triesOfGood) return record;
  return { ...record, tries: { ...record.tries, [slot]: rules.triesOfGood } };
}
function slotStateOf2(record, slot, rules) {
  const ranked = record.order.includes(slot);
  const counted = rules.countedBooted === slot;
  return {
    ranked,
    triesRemaining: ranked ? record.tries[slot] : 0,
    successful: ranked && (record.tries[slot] > 0 || counted) && !record.trial.includes(slot),
    bootable: canBoot(record, slot)
  };
}
function canBoot(record, slot) {
  return record.order.includes(slot) && record.tries[slot] > 0;
}
function without(record, slot) {
  return {
    order: record.order.filter((name) => name !== slot),
    tries: { ...record.tries, [slot]: 0 },
    trial: record.trial.filter((name) => name !== slot)
  };
}
function movedToFront(record, slot) {
  return [slot, ...record.order.filter((name) => name !== slot)];
}
function requireBootable2(record, slot) {
  if (canBoot(record, slot)) return;
  throw new BootControlError(
    "NO_FALLBACK",
    `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`,
    { facts: { fallback: slot } }
  );
}
function requireTries2(tries, { mostTries }) {
  if (Number.isInteger(tries) && tries >= 1 && tries <= mostTries) return;
  throw new BootControlError("TRIES_OUT_OF_RANGE", `${tries} tries do not fit: 1 to ${mostTries}`, {
    facts: { tries, mostTries }
  });
}

// bootctl/grub-decision.ts
var GRUB_MOST_TRIES = 1;
function orderOfGrub(block, names) {
  const order = grubVariable(block, "ORDER");
  if (order === void 0) {
    throw new BootControlError(
      "BOOT_CONTROL_BAD",
      "the GRUB environment has no ORDER; set it up with grub-editenv as bootctl/INTEGRATION.md says",
      { facts: { variable: "ORDER" } }
    );
  }
  const allowed = slotsInList(order, names, "ORDER").filter((slot) => flag(block, `${names[slot]}_OK`));
  const tries = (slot) => allowed.includes(slot) && !flag(block, `${names[slot]}_TRY`) ? GRUB_MOST_TRIES : 0;
  return {
    order: allowed,
    tries: { a: tries("a"), b: tries("b") },
    trial: slotsInList(grubVariable(block, "donabe_trial") ?? "", names, "donabe_trial")
  };
}
function grubOfOrder(block, record, names) {
  let next = withGrubVariable(block, "ORDER", listOfSlots(record.order, names));
  for (const slot of SLOT_NAMES) {
    const allowed = record.order.includes(slot);
    next = withGrubVariable(next, `${names[slot]}_OK`, allowed ? "1" : "0");
    next = withGrubVariable(next, `${names[slot]}_TRY`, allowed && record.tries[slot] === 0 ? "1" : "0");
  }
  const trial = record.trial.length === 0 ? void 0 : listOfSlots(record.trial, names);
  return withGrubVariable(next, "donabe_trial", trial);
}
function decideGrubBoot(bytes, { names, counting, opens }) {
  const found = decodeGrubBlock(bytes);
  if (found.kind === "fault") {
    const first = SLOT_NAMES.find((slot2) => opens[slot2]);
    return { slot: counting === "donabe" ? first : void 0, save: void 0 };
  }
  const { block } = found;
  const record = orderOfGrub(block, names);
  if (counting === "vendor") {
    const slot2 = firstWithTries(record);
    const after2 = slot2 === void 0 ? allTries(record) : spent(record, slot2);
    return { slot: slot2, save: grubOfOrder(block, after2, names) };
  }
  const here = { ...record, order: record.order.filter((slot2) => opens[slot2]) };
  const fresh = firstWithTries(here) === void 0 ? allTries(record) : record;
  const slot = here.order.find((name) => fresh.tries[name] > 0);
  const after = slot !== void 0 && record.trial.includes(slot) ? spent(fresh, slot) : fresh;
  return { slot, save: after === record ? void 0 : withTriesOf(block, after, names) };
}
function withTriesOf(block, record, names) {
  return record.order.reduce(
    (into, slot) => withGrubVariable(into, `${names[slot]}_TRY`, record.tries[slot] > 0 ? "0" : "1"),
    block
  );
}
function allTries(record) {
  const tries = (slot) => record.order.includes(slot) ? GRUB_MOST_TRIES : 0;
  return { ...record, tries: { a: tries("a"), b: tries("b") } };
}
function spent(record, slot) {
  return { ...record, tries: { ...record.tries, [slot]: 0 } };
}
function flag(block, name) {
  const value = grubVariable(block, name) ?? "";
  if (value === "" || value === "0" || value === "1") return value === "1";
  throw new BootControlError(
    "BOOT_CONTROL_BAD",
    `${name} is "${value.slice(0, 40)}", not 0 or 1; set it anew`,
    {
      facts: { variable: name, value: value.slice(0, 40) }
    }
  );
}

// bootctl/grub-env.ts
var COPY = "grubenv";
var GrubEnv = class {
  abilities;
  #file;
  #names;
  #rules;
  /** Error: BOOT_CONTROL_OPTION. */
  constructor(file, options = {}) {
    this.abilities = {
      name: "grub-env",
      mostTries: GRUB_MOST_TRIES,
      trialSurvivesPowerOff: true,
      hasUnbootable: true,
      oneWriteFlip: true,
      countsGoodSlots: options.counting === "vendor"
    };
    this.#file = file;
    this.#names = checkedBootNames(options.names ?? DEFAULT_BOOT_NAMES);
    this.#rules = {
      mostTries: GRUB_MOST_TRIES,
      triesOfGood: GRUB_MOST_TRIES,
      countedBooted: options.counting === "vendor" ? options.booted : void 0
    };
  }
  async read() {
    return stateOfOrder(orderOfGrub(await this.#load(), this.#names), this.#rules);
  }
  async scrub(how) {
    const block = await this.#load();
    const record = orderOfGrub(block, this.#names);
    const restored = restoredInOrder(record, this.#rules);
    const isFull = restored === record;
    if (!isFull && how.repair) await this.#store(grubOfOrder(block, restored, this.#names));
    const detail = [
      ...block.size === GRUB_BLOCK_BYTES ? [] : [`${block.size} bytes instead of ${GRUB_BLOCK_BYTES}`],
      ...isFull ? [] : ["the good booted slot has no try left"]
    ].join("; ");
    return {
      copies: [{ copy: COPY, health: isFull ? "good" : "stale", detail }],
      repaired: !isFull && how.repair ? [COPY] : []
    };
  }
  markUnbootable(slot) {
    return this.#change((record) => unbootableInOrder(record, slot));
  }
  activate(slot, tries) {
    return this.#change((record) => activatedInOrder(record, slot, tries, this.#rules));
  }
  deactivate(target, booted2) {
    return this.#change((record) => deactivatedInOrder(record, target, booted2));
  }
  markGood(slot) {
    return this.#change((record) => goodInOrder(record, slot, this.#rules));
  }
  markBad(slot) {
    return this.#change((record) => badInOrder(record, slot));
  }
  refill(slot, tries) {
    return this.#change((record) => refilledInOrder(record, slot, tries, this.#rules));
  }
  /**
   * The factory's first write: `slot` good and active, the other one unbootable. A block without ORDER keeps its
   * other variables; a missing file is made. One with ORDER is BOOT_CONTROL_NOT_BLANK.
   */
  async initialise(slot) {
    const bytes = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
    const found = bytes === void 0 ? void 0 : decodeGrubBlock(bytes);
    const block = found?.kind === "block" ? found.block : newGrubBlock();
    if (block.lines.some((line) => line.kind === "variable" && line.name === "ORDER")) {
      throw new BootControlError(
        "BOOT_CONTROL_NOT_BLANK",
        `${this.#file.path} has an ORDER already; unset it with grub-editenv first if it has to go`,
        { facts: { path: this.#file.path } }
      );
    }
    const blank = { order: [], tries: { a: 0, b: 0 }, trial: [] };
    await this.#store(grubOfOrder(block, goodInOrder(blank, slot, this.#rules), this.#names));
  }
  /** Nothing is held open between two verbs. */
  async close() {
  }
  /** A refused verb writes nothing; one that changes nothing still writes, so that its return means durable. */
  async #change(change) {
    const block = await this.#load();
    const before = restoredInOrder(orderOfGrub(block, this.#names), this.#rules);
    await this.#store(grubOfOrder(block, change(before), this.#names));
  }
  async #load() {
    const { path } = this.#file;
    const bytes = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
    if (bytes === void 0) {
      throw new BootControlError(
        "REGION_OPEN_FAILED",
        `there is no ${path}; mount its file system, or make it with grub-editenv`,
        { facts: { path } }
      );
    }
    const found = decodeGrubBlock(bytes);
    if (found.kind === "block") return found.block;
    throw new BootControlError(
      "BOOT_CONTROL_BAD",
      `${path} is no GRUB environment block (byte ${found.offset}: ${found.detail}); make it anew with grub-editenv`,
      { facts: { path, offset: found.offset, repairable: false } }
    );
  }
  async #store(block) {
    const { path } = this.#file;
    const wanted = encodeGrubBlock(block);
    if (wanted === void 0) {
      throw new BootControlError(
        "BOOT_CONTROL_NO_ROOM",
        `the variables do not fit into the ${block.size} bytes of ${path}; unset some with grub-editenv`,
        { facts: { path, size: block.size } }
      );
    }
    await this.#file.replace(wanted);
    const after = await this.#file.read(GRUB_BLOCK_MOST_BYTES);
    if (after !== void 0 && Buffer.compare(after, wanted) === 0) return;
    throw new BootControlError(
      "BOOT_CONTROL_READ_BACK",
      `${path} reads otherwise than it was written; the storage may be failing`,
      { facts: { path, offset: 0 } }
    );
  }
};

// bootctl/script.ts
var MARK_MOST_BYTES = 128;
var TRIES = 1;
var ScriptBackend = class {
  abilities = {
    name: "script",
    mostTries: TRIES,
    trialSurvivesPowerOff: true,
    hasUnbootable: true,
    oneWriteFlip: false
  };
  #command;
  #mark;
  #names;
  /** Error: BOOT_CONTROL_OPTION. */
  constructor(command, mark, names = DEFAULT_BOOT_NAMES) {
    this.#command = command;
    this.#mark = mark;
    this.#names = checkedBootNames(names);
  }
  async read() {
    return stateOf(await this.#facts());
  }
  /** Copies are the vendor's; what can be seen is that the command answers and the mark decodes. */
  async scrub(_how) {
    await this.#facts();
    return { copies: [{ copy: "script", health: "good", detail: "" }], repaired: [] };
  }
  async markUnbootable(slot) {
    const facts = await this.#facts();
    if (facts.good[slot]) requireBootable3(facts, otherSlot(slot));
    await this.#giveUp(facts, slot);
  }
  async activate(slot, tries) {
    requireOneTry(tries);
    const facts = await this.#facts();
    await this.#setTrial(SLOT_NAMES.filter((name) => name === slot || facts.trial.includes(name)));
    await this.#setState(slot, "good");
    await this.#setPrimary(slot);
  }
  async deactivate(target, booted2) {
    if (target === booted2) {
      throw new BootControlError("NO_FALLBACK", `slot ${target} cannot be given up in favour of itself`);
    }
    const facts = await this.#facts();
    requireBootable3(facts, booted2);
    await this.#setPrimary(booted2);
    if (!facts.trial.includes(booted2)) await this.#setState(booted2, "good");
    await this.#giveUp(facts, target);
  }
  async markGood(slot) {
    const { trial } = await this.#facts();
    await this.#setPrimary(slot);
    await this.#setState(slot, "good");
    await this.#setTrial(trial.filter((name) => name !== slot));
  }
  async markBad(slot) {
    const facts = await this.#facts();
    requireBootable3(facts, otherSlot(slot));
    await this.#giveUp(facts, slot);
  }
  async refill(slot, tries) {
    requireOneTry(tries);
    const state = stateOf(await this.#facts()).slots[slot];
    if (state.successful) return;
    if (!state.ranked) {
      throw new BootControlError("NOT_ON_TRIAL", `slot ${slot} was marked unbootable; activate it instead`, {
        facts: { slot }
      });
    }
    await this.#setState(slot, "good");
  }
  /** Nothing is held open between two verbs. */
  async close() {
  }
  async #giveUp({ trial }, slot) {
    await this.#setState(slot, "bad");
    await this.#setTrial(trial.filter((name) => name !== slot));
  }
  async #facts() {
    const [primary] = slotsInList(await this.#command.run(["get-primary"]), this.#names, "get-primary");
    const bytes = await this.#mark.read(MARK_MOST_BYTES);
    const mark = Buffer.from(bytes ?? []).toString("latin1");
    return {
      primary,
      good: { a: await this.#isGood("a"), b: await this.#isGood("b") },
      trial: slotsInList(mark, this.#names, this.#mark.path)
    };
  }
  async #isGood(slot) {
    const answer = await this.#command.run(["get-state", this.#names[slot]]);
    if (answer === "good" || answer === "bad") return answer === "good";
    throw new BootControlError(
      "COMMAND_FAILED",
      `${this.#command.path} get-state ${this.#names[slot]} printed "${answer.slice(0, 40)}", not good or bad; correct the command`,
      { facts: { path: this.#command.path, verb: "get-state" } }
    );
  }
  async #setState(slot, state) {
    await this.#command.run(["set-state", this.#names[slot], state]);
    if (await this.#isGood(slot) !== (state === "good")) throw this.#unheard(`set-state ${state}`, slot);
  }
  async #setPrimary(slot) {
    await this.#command.run(["set-primary", this.#names[slot]]);
    const after = await this.#facts();
    if (after.primary !== slot) throw this.#unheard("set-primary", slot);
  }
  async #setTrial(slots) {
    if (slots.length === 0) await this.#mark.remove();
    else await this.#mark.replace(Buffer.from(`${listOfSlots(slots, this.#names)}
`, "latin1"));
  }
  #unheard(verb, slot) {
    return new BootControlError(
      "BOOT_CONTROL_READ_BACK",
      `${this.#command.path} accepted ${verb} for slot ${slot} and answers otherwise; correct the command`,
      { facts: { path: this.#command.path, verb, slot } }
    );
  }
};
function stateOf(facts) {
  const { primary, good: good2 } = facts;
  const byRank = primary === void 0 ? SLOT_NAMES : [primary, otherSlot(primary)];
  return {
    slots: { a: slotStateOf3(facts, "a"), b: slotStateOf3(facts, "b") },
    active: byRank.find((slot) => good2[slot])
  };
}
function slotStateOf3({ good: good2, trial }, slot) {
  const onTrial = trial.includes(slot);
  return {
    ranked: good2[slot] || onTrial,
    triesRemaining: good2[slot] ? TRIES : 0,
    successful: good2[slot] && !onTrial,
    bootable: good2[slot]
  };
}
function requireBootable3({ good: good2 }, slot) {
  if (good2[slot]) return;
  throw new BootControlError(
    "NO_FALLBACK",
    `slot ${slot} cannot boot, so slot ${otherSlot(slot)} has to stay bootable; activate or mark good slot ${slot} first`,
    { facts: { fallback: slot } }
  );
}
function requireOneTry(tries) {
  if (tries === TRIES) return;
  throw new BootControlError(
    "TRIES_OUT_OF_RANGE",
    `${tries} tries do not fit: how often a slot is tried is the command's to say, so it is always ${TRIES}`,
    { facts: { tries } }
  );
}

// bootctl/uboot-decision.ts
var UBOOT_MOST_TRIES = 9;
var RESET_TRIES = 3;
function orderOfEnv(env, { names, counting }) {
  const list = envVariable(env, "BOOT_ORDER");
  if (list === void 0) {
    throw new BootControlError(
      "BOOT_CONTROL_BAD",
      `the U-Boot environment has no BOOT_ORDER; set it and the counters with fw_setenv as bootctl/README.md says`,
      { facts: { variable: "BOOT_ORDER" } }
    );
  }
  const order = slotsInList(list, names, "BOOT_ORDER");
  const trial = slotsInList(envVariable(env, "donabe_trial") ?? "", names, "donabe_trial");
  const tries = counting === "bootcount" ? withTries(order, (slot) => slot === order[0] ? countedTries(env) : UBOOT_MOST_TRIES) : withTries(order, (slot) => leftOf(env, names[slot], counting));
  return { order, tries, trial };
}
function envOfOrder(env, record, { names, counting }) {
  const common = {
    BOOT_ORDER: listOfSlots(record.order, names),
    donabe_trial: record.trial.length === 0 ? void 0 : listOfSlots(record.trial, names)
  };
  const counters = counting === "bootcount" ? bootCounters(record) : leftCounters(record, names);
  return withEnvVariables(env, { ...common, ...counters });
}
function decideUbootBoot(env, rules) {
  return DECISIONS[rules.counting](env, orderOfEnv(env, rules), rules);
}
var DECISIONS = {
  /** `systemd/boot-uboot.cmd`: a slot on trial pays for its boot; no tries anywhere: those in the order get new ones. */
  donabe: (env, record, rules) => {
    const slot = firstWithTries(record);
    if (slot === void 0) {
      const reset = { ...record, tries: withTries(record.order, () => RESET_TRIES) };
      return { slot, save: envOfOrder(env, reset, rules) };
    }
    const save = record.trial.includes(slot) ? envOfOrder(env, spent2(record, slot), rules) : void 0;
    return { slot, save };
  },
  /** RAUC's sample: every boot is paid for; no tries anywhere: both get new ones, and only the order holds one back. */
  vendor: (env, record, rules) => {
    const slot = firstWithTries(record);
    if (slot !== void 0) return { slot, save: envOfOrder(env, spent2(record, slot), rules) };
    return { slot, save: envOfOrder(env, { ...record, tries: { a: RESET_TRIES, b: RESET_TRIES } }, rules) };
  },
  /** U-Boot counts before the boot command; `altbootcmd` takes the second of the order, or the only one. */
  bootcount: (env, { order: [first, second] }) => {
    if (number(env, "upgrade_available") === 0) return { slot: first, save: void 0 };
    const count = number(env, "bootcount") + 1;
    const limit = number(env, "bootlimit");
    const isBeyond = limit > 0 && count > limit;
    return {
      slot: isBeyond ? second ?? first : first,
      save: withEnvVariables(env, { bootcount: String(count) })
    };
  }
};
function spent2(record, slot) {
  return { ...record, tries: { ...record.tries, [slot]: record.tries[slot] - 1 } };
}
function withTries(order, of) {
  const tries = (slot) => order.includes(slot) ? of(slot) : 0;
  return { a: tries("a"), b: tries("b") };
}
function leftOf(env, name, counting) {
  const variable = `BOOT_${name}_LEFT`;
  const text = envVariable(env, variable) ?? "";
  if (text === "") return counting === "vendor" ? RESET_TRIES : 0;
  if (!/^[0-9a-f]{1,8}$/i.test(text)) throw strange(variable, text, "a hexadecimal number");
  return Math.min(Number.parseInt(text, 16), UBOOT_MOST_TRIES);
}
function leftCounters(record, names) {
  return Object.fromEntries(
    SLOT_NAMES.map((slot) => [`BOOT_${names[slot]}_LEFT`, String(record.tries[slot])])
  );
}
function countedTries(env) {
  const limit = number(env, "bootlimit");
  if (number(env, "upgrade_available") === 0 || limit === 0) return UBOOT_MOST_TRIES;
  return Math.min(Math.max(limit - number(env, "bootcount"), 0), UBOOT_MOST_TRIES);
}
function bootCounters({ order: [first], tries, trial }) {
  if (first === void 0 || !trial.includes(first)) return { upgrade_available: "0", bootcount: "0" };
  const [bootlimit, bootcount] = tries[first] > 0 ? [tries[first], 0] : [1, 1];
  return { upgrade_available: "1", bootcount: String(bootcount), bootlimit: String(bootlimit) };
}
function number(env, variable) {
  const text = envVariable(env, variable) || "0";
  if (!/^[0-9]{1,9}$/.test(text)) throw strange(variable, text, "a decimal number");
  return Number(text);
}
function strange(variable, text, wanted) {
  const value = text.slice(0, 40);
  return new BootControlError(
    "BOOT_CONTROL_BAD",
    `${variable} is "${value}", not ${wanted}; set it anew with fw_setenv`,
    { facts: { variable, value } }
  );
}

// bootctl/uboot-env.ts
var TRIES_OF_GOOD2 = { donabe: 3, vendor: 9, bootcount: 9 };
var UbootEnv = class {
  abilities;
  #medium;
  #layout;
  #scheme;
  #uboot;
  #rules;
  /** Error: BOOT_CONTROL_OPTION. */
  constructor(medium, options = {}) {
    const counting = options.counting ?? "donabe";
    this.abilities = {
      name: "uboot-env",
      mostTries: UBOOT_MOST_TRIES,
      trialSurvivesPowerOff: true,
      hasUnbootable: true,
      oneWriteFlip: true,
      countsGoodSlots: counting === "vendor"
    };
    this.#medium = medium;
    this.#layout = {
      size: medium.size,
      redundant: medium.copies.length > 1,
      endian: options.endian ?? "little"
    };
    this.#scheme = FLAG_SCHEMES[medium.scheme];
    this.#uboot = { names: checkedBootNames(options.names ?? DEFAULT_BOOT_NAMES), counting };
    this.#rules = {
      mostTries: UBOOT_MOST_TRIES,
      triesOfGood: TRIES_OF_GOOD2[counting],
      countedBooted: counting === "vendor" ? options.booted : void 0
    };
  }
  async read() {
    const { env } = await this.#load();
    return stateOfOrder(orderOfEnv(env, this.#uboot), this.#rules);
  }
  /** A variable that is none of ours, as U-Boot would see it: for `donabe boot doctor`. */
  async variable(name) {
    return envVariable((await this.#load()).env, name);
  }
  scrub(how) {
    return this.#medium.alone(async () => {
      const loaded = await this.#load();
      const record = orderOfEnv(loaded.env, this.#uboot);
      const restored = restoredInOrder(record, this.#rules);
      const copies = loaded.copies.map((_, index) => this.#health(loaded, index, restored !== record));
      const sick = copies.filter(({ health }) => health !== "good").map(({ copy }) => copy);
      if (how.repair && sick.length > 0) {
        if (restored === record) await this.#level(loaded);
        else await this.#store(loaded, envOfOrder(loaded.env, restored, this.#uboot));
      }
      return { copies, repaired: how.repair ? sick : [] };
    });
  }
  markUnbootable(slot) {
    return this.#change((record) => unbootableInOrder(record, slot));
  }
  activate(slot, tries) {
    return this.#change((record) => activatedInOrder(record, slot, tries, this.#rules));
  }
  deactivate(target, booted2) {
    return this.#change((record) => deactivatedInOrder(record, target, booted2));
  }
  markGood(slot) {
    return this.#change((record) => goodInOrder(record, slot, this.#rules));
  }
  markBad(slot) {
    return this.#change((record) => badInOrder(record, slot));
  }
  refill(slot, tries) {
    return this.#change((record) => refilledInOrder(record, slot, tries, this.#rules));
  }
  /**
   * The factory's first write into an environment that U-Boot or `mkenvimage` made: `slot` good and active, the
   * other one unbootable. One with a BOOT_ORDER is BOOT_CONTROL_NOT_BLANK. A lost environment is refused as by
   * every verb: without the board's own variables U-Boot would not know how to boot.
   */
  initialise(slot) {
    return this.#medium.alone(async () => {
      const loaded = await this.#load();
      if (envVariable(loaded.env, "BOOT_ORDER") !== void 0) {
        throw new BootControlError(
          "BOOT_CONTROL_NOT_BLANK",
          "the U-Boot environment has a BOOT_ORDER already; unset it with fw_setenv first if it has to go",
          { facts: { variable: "BOOT_ORDER" } }
        );
      }
      const blank = { order: [], tries: { a: 0, b: 0 }, trial: [] };
      await this.#store(loaded, envOfOrder(loaded.env, goodInOrder(blank, slot, this.#rules), this.#uboot));
    });
  }
  close() {
    return this.#medium.close();
  }
  /** A refused verb writes nothing; one that changes nothing still writes, so that its return means durable. */
  #change(change) {
    return this.#medium.alone(async () => {
      const loaded = await this.#load();
      const before = restoredInOrder(orderOfEnv(loaded.env, this.#uboot), this.#rules);
      await this.#store(loaded, envOfOrder(loaded.env, change(before), this.#uboot));
    });
  }
  async #load() {
    const raw = [];
    for (const copy of this.#medium.copies) raw.push(await copy.read());
    const copies = raw.map((bytes) => decodeEnv(bytes, this.#layout));
    const index = countingCopy(copies, this.#scheme);
    const counts = index === void 0 ? void 0 : copies[index];
    if (index !== void 0 && counts?.kind === "env") return { raw, copies, index, env: counts.env };
    throw this.#unusable(copies);
  }
  /** New content, first over the copy that does not count, then over the one that did. */
  async #store(loaded, wanted) {
    const { index, env } = loaded;
    const [first, second] = this.#layout.redundant ? [
      this.#encode({ ...wanted, flags: this.#scheme.fresh(env.flags) }),
      this.#encode({ ...wanted, flags: this.#scheme.follower(env.flags) })
    ] : [void 0, this.#encode(wanted)];
    await this.#level(loaded);
    if (first !== void 0) await this.#write(1 - index, first);
    await this.#write(index, second);
    const after = await this.#load();
    if (sameEntries(after.env, wanted)) return;
    throw this.#readBack(after.index);
  }
  /** The copy that does not count gets the content of the one that does, and still does not count. */
  async #level({ index, env, copies }) {
    const other = copies[1 - index];
    if (other === void 0 || other.kind === "env" && sameEntries(other.env, env)) return;
    const flags = this.#scheme.behind(env.flags);
    await this.#write(1 - index, this.#encode({ ...env, flags }));
  }
  #encode(env) {
    const bytes = encodeEnv(env, this.#layout);
    if (bytes !== void 0) return bytes;
    throw new BootControlError(
      "BOOT_CONTROL_NO_ROOM",
      `the variables do not fit into the ${this.#layout.size} bytes of the U-Boot environment; unset some with fw_setenv`,
      { facts: { path: this.#medium.copies[0]?.name, size: this.#layout.size } }
    );
  }
  /** Writes one copy, durably, and reads it back. */
  async #write(index, bytes) {
    const copy = this.#medium.copies[index];
    if (copy === void 0) throw new RangeError(`the environment has no copy ${index}`);
    await copy.write(bytes);
    if (Buffer.compare(await copy.read(), bytes) !== 0) throw this.#readBack(index);
  }
  #health({ copies, index, env }, at, isCounted) {
    const copy = this.#medium.copies[at]?.name ?? "";
    const found = copies[at];
    if (found === void 0 || found.kind === "fault") {
      return { copy, health: "bad", detail: found?.detail ?? "not there" };
    }
    if (at === index && isCounted) {
      return { copy, health: "stale", detail: "the good booted slot's counter is not full" };
    }
    if (sameEntries(found.env, env)) return { copy, health: "good", detail: "" };
    return { copy, health: "stale", detail: "whole, but the boot loader goes by the other one" };
  }
  #readBack(index) {
    const path = this.#medium.copies[index]?.name;
    return new BootControlError(
      "BOOT_CONTROL_READ_BACK",
      `${path} reads otherwise than it was written; the storage may be failing`,
      { facts: { path, copy: index } }
    );
  }
  #unusable(copies) {
    const details = copies.map((found, index) => {
      const name = this.#medium.copies[index]?.name;
      return found.kind === "fault" ? `${name}: byte ${found.offset}: ${found.detail}` : `${name}: whole`;
    }).join("; ");
    return new BootControlError(
      "BOOT_CONTROL_BAD",
      `U-Boot has no environment to go by (${details}); check the sizes in fw_env.config, else let U-Boot save its default ("env default -a; saveenv") and set the boot order anew`,
      { facts: { path: this.#medium.copies[0]?.name, details, repairable: false } }
    );
  }
};
function sameEntries(left, right) {
  return left.entries.length === right.entries.length && left.entries.every((entry, index) => entry === right.entries[index]);
}

// bootctl/backends.ts
var COUNTINGS = ["donabe", "vendor", "bootcount"];
function countingNamed(name) {
  const found = COUNTINGS.find((counting) => counting === name);
  if (found !== void 0) return found;
  throw new BootControlError(
    "BOOT_CONTROL_OPTION",
    `"${name}" is nobody who counts boots; known: ${COUNTINGS.join(", ")}`,
    { facts: { option: "counting", name } }
  );
}
var CPU = endianness() === "LE" ? "little" : "big";
var BACKENDS = {
  "android-misc": async ({ path }) => new AndroidMisc(await openFileRegion(path)),
  "uboot-env": async ({ path, locks, names, ...options }) => {
    const checked = checkedBootNames(names ?? DEFAULT_BOOT_NAMES);
    return new UbootEnv(await openEnvMedium(path, { locks }), { ...options, names: checked, endian: CPU });
  },
  "grub-env": async ({ path, counting, ...options }) => new GrubEnv(new ReplacedFile(path), { ...options, counting: scripted(counting) }),
  script: async ({ path, names, trialMark }) => new ScriptBackend(new VendorProcess(path), new ReplacedFile(required(trialMark)), names)
};
function openBackend(name, options) {
  if (isBackendName(name)) return BACKENDS[name](options);
  const known = Object.keys(BACKENDS).join(", ");
  return Promise.reject(
    new BootControlError("BACKEND_UNKNOWN", `there is no boot control backend "${name}"; known: ${known}`, {
      facts: { name }
    })
  );
}
function scripted(counting) {
  if (counting !== "bootcount") return counting;
  throw new BootControlError(
    "BOOT_CONTROL_OPTION",
    "GRUB has no boot counter; counting is donabe or vendor there",
    { facts: { option: "counting" } }
  );
}
function required(trialMark) {
  if (trialMark !== void 0 && trialMark !== "") return trialMark;
  throw new BootControlError(
    "BOOT_CONTROL_OPTION",
    "the script backend needs a file for the trial mark, outside the slots; name one",
    { facts: { option: "trialMark" } }
  );
}
function isBackendName(name) {
  return Object.hasOwn(BACKENDS, name);
}

export {
  BOOT_CONTROL_ERRORS,
  BootControlError,
  BOOT_PARAMS_BYTES,
  BOOT_PARAMS_VERSION,
  BOOT_MODES,
  decodeBootParams,
  encodeBootParams,
  readBootParams,
  decodeEnv,
  encodeEnv,
  envVariable,
  withEnvVariables,
  FLAG_SCHEMES,
  countingCopy,
  parseFwEnvConfig,
  openFileRegion,
  ReplacedFile,
  TOOL_LOCKS,
  underLocks,
  openEnvMedium,
  SLOT_NAMES,
  otherSlot,
  DEFAULT_BOOT_NAMES,
  slotStatements,
  rootDevice,
  agreedSlot,
  bootedSlotFrom,
  COMMAND_LIMIT_MS,
  VendorProcess,
  findBootedSlot,
  decodeAndroidBlock,
  encodeAndroidBlock,
  MERGE_STATUSES,
  mergeStatusOf,
  newAndroidBlock,
  UNUSED_SLOT,
  COPY_TABLE,
  CANDIDATE_TABLE,
  RANKING,
  decideBoot,
  defaultBlock,
  ANDROID_MAIN_OFFSET,
  ANDROID_BACKUP_OFFSET,
  SECTOR_BYTES2 as SECTOR_BYTES,
  AndroidMisc,
  GRUB_BLOCK_BYTES,
  decodeGrubBlock,
  encodeGrubBlock,
  newGrubBlock,
  grubVariable,
  withGrubVariable,
  orderOfGrub,
  grubOfOrder,
  decideGrubBoot,
  GrubEnv,
  ScriptBackend,
  UBOOT_MOST_TRIES,
  orderOfEnv,
  envOfOrder,
  decideUbootBoot,
  UbootEnv,
  countingNamed,
  BACKENDS,
  openBackend
};
