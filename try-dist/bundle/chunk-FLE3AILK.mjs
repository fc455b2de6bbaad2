import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);

// mcu-bridge/error.ts
var LINK_ERRORS = {
  MCU_SILENT: "no answer to any of the tries",
  MCU_REFUSED: "the MCU answered with an error reply; `facts.reason` says why",
  MCU_BUSY: "the MCU answered that it cannot do this now; ask again later",
  MCU_REPLY_MALFORMED: "a message with a right CRC whose fields make no sense",
  MCU_PORT: "the serial port cannot be opened, written or read, or it disappeared",
  MCU_RECORDING: "a recorded line cannot be read or written, or is damaged; `facts` says where",
  LINK_QUEUE_FULL: "more requests wait than the link accepts",
  LINK_CLOSED: "the link was closed by its owner",
  LINK_MISUSED: "the caller broke a promise of this room: field out of range, payload too long"
};
var LinkError = class extends Error {
  name = "LinkError";
  code;
  facts;
  constructor(code, message, more = {}) {
    super(message, more.cause === void 0 ? void 0 : { cause: more.cause });
    this.code = code;
    this.facts = more.facts ?? {};
  }
};

// mcu-bridge/adapters/serial-port.ts
var SERIAL_DEFAULTS = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 };
async function openSerialPort(path, settings = {}) {
  const library = await import("./dist-PDIFE5HH.mjs");
  const how = { ...SERIAL_DEFAULTS, ...settings };
  const port = new library.SerialPort({ ...how, path, autoOpen: false, lock: true });
  await settled(path, "open", (done2) => port.open(done2));
  try {
    await settled(path, "empty", (done2) => port.flush(done2));
  } catch (error) {
    await settled(path, "close", (done2) => port.close(done2));
    throw error;
  }
  return new SerialBytePort(path, port);
}
var SerialBytePort = class {
  #path;
  #port;
  #ended = false;
  #cause;
  #listener;
  constructor(path, port) {
    this.#path = path;
    this.#port = port;
    port.on("error", (cause) => this.#end(cause));
    port.on("close", (cause) => this.#end(cause ?? void 0));
  }
  write(bytes) {
    return settled(this.#path, "write to", (done2) => {
      this.#port.write(bytes, void 0, (cause) => done2(cause ?? null));
    });
  }
  onData(listener) {
    this.#port.on("data", listener);
  }
  onClose(listener) {
    this.#listener = listener;
    if (this.#ended) listener(this.#cause);
  }
  async close() {
    if (this.#port.isOpen && !this.#port.closing) {
      await settled(this.#path, "close", (done2) => this.#port.close(done2));
    }
  }
  #end(cause) {
    if (this.#ended) return;
    this.#ended = true;
    this.#cause = cause;
    this.#listener?.(cause);
  }
};
function settled(path, verb, start2) {
  return new Promise((resolve, reject) => {
    start2((cause) => {
      if (cause === null || cause === void 0) resolve();
      else reject(portError(path, verb, cause));
    });
  });
}
function portError(path, verb, cause) {
  const message = `Cannot ${verb} the serial port ${path} (${cause.message}); check the path, the rights and who else has it open`;
  return new LinkError("MCU_PORT", message, { facts: { path, step: verb }, cause });
}

// mcu-bridge/commands.ts
var PROTOCOL_VERSION = 1;
var COMMAND = {
  ping: 1,
  version: 2,
  status: 3,
  mayReboot: 4,
  mayFlash: 5,
  prepareReboot: 6,
  // Firmware transfer, see transfer-messages.ts.
  begin: 7,
  data: 8,
  query: 9,
  verify: 10,
  activate: 11,
  accept: 12,
  discardOld: 13,
  abort: 14
};
var REPLY_BIT = 128;
var ERROR_REPLY = 255;
var EVENT_FIRST = 96;
var EVENT_LAST = 111;
var EVENT = { modeChanged: 96, key: 97, fault: 98 };
var REFUSAL = {
  unknownCommand: 1,
  malformed: 2,
  busy: 3,
  notAllowed: 4,
  failed: 5,
  // Firmware transfer:
  noTransfer: 6,
  tooLarge: 7,
  backwards: 8,
  wrongDigest: 9,
  notVerified: 10,
  previousKept: 11,
  onTrial: 12
};
var MODE = {
  idle: 0,
  cooking: 1,
  "keep-warm": 2,
  "delayed-start": 3,
  fault: 4,
  "boot-loader": 5
};
var MODE_CLASS = { free: 0, ask: 1, busy: 2 };
var CLASS_OF_MODE = {
  idle: "free",
  cooking: "busy",
  "keep-warm": "ask",
  "delayed-start": "busy",
  fault: "ask",
  "boot-loader": "free"
};
var NO_REASON = {
  none: 0,
  cooking: 1,
  "delayed-start": 2,
  "keep-warm": 3,
  fault: 4,
  "lid-open": 5,
  hot: 6,
  "writing-flash": 7,
  supply: 8,
  user: 9,
  busy: 10
};
function nameOf(table, number) {
  for (const name in table) if (table[name] === number) return name;
  return void 0;
}

// mcu-bridge/crc16.ts
import nodeCrc from "node-crc";
var CRC_VARIANTS = {
  xmodem: { polynomial: 4129, start: 0, reflected: false, finalXor: 0, check: 12739 },
  "ccitt-false": { polynomial: 4129, start: 65535, reflected: false, finalXor: 0, check: 10673 },
  kermit: { polynomial: 4129, start: 0, reflected: true, finalXor: 0, check: 8585 },
  "x-25": { polynomial: 4129, start: 65535, reflected: true, finalXor: 65535, check: 36974 },
  "spi-fujitsu": { polynomial: 4129, start: 7439, reflected: false, finalXor: 0, check: 58828 },
  genibus: { polynomial: 4129, start: 65535, reflected: false, finalXor: 65535, check: 54862 },
  mcrf4xx: { polynomial: 4129, start: 65535, reflected: true, finalXor: 0, check: 28561 },
  arc: { polynomial: 32773, start: 0, reflected: true, finalXor: 0, check: 47933 },
  modbus: { polynomial: 32773, start: 65535, reflected: true, finalXor: 0, check: 19255 },
  usb: { polynomial: 32773, start: 65535, reflected: true, finalXor: 65535, check: 46280 },
  dnp: { polynomial: 15717, start: 0, reflected: true, finalXor: 65535, check: 60034 }
};
var TABLES = /* @__PURE__ */ new Map();
var NINE_DIGITS = new TextEncoder().encode("123456789");
function crc16(bytes, variant = "xmodem") {
  const { start: start2, reflected, finalXor } = CRC_VARIANTS[variant];
  const table = tableOf(variant);
  let crc = start2;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    crc = reflected ? crc >> 8 ^ (table[(crc ^ byte) & 255] ?? 0) : (crc & 255) << 8 ^ (table[crc >> 8 ^ byte] ?? 0);
  }
  return crc ^ finalXor;
}
function crcCheckValue(variant = "xmodem") {
  return crc16(NINE_DIGITS, variant);
}
function crc16OfAddon(bytes, variant) {
  const { start: start2, finalXor } = CRC_VARIANTS[variant];
  return askAddon(bytes, variant, start2, finalXor);
}
function tableOf(variant) {
  const known2 = TABLES.get(variant);
  if (known2 !== void 0) return known2;
  const table = Uint16Array.from({ length: 256 }, (_, byte) => askAddon(Uint8Array.of(byte), variant, 0, 0));
  TABLES.set(variant, table);
  return table;
}
function askAddon(bytes, variant, start2, finalXor) {
  const { polynomial, reflected } = CRC_VARIANTS[variant];
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wanted = reflected ? mirrored(polynomial) : polynomial;
  const digest = nodeCrc.crc(16, reflected, wanted, 0, start2, 0, finalXor, 0, view);
  if (digest === false) {
    throw new LinkError(
      "LINK_MISUSED",
      "The CRC addon refused its input; report this with the Node version",
      {
        facts: { length: bytes.length, variant }
      }
    );
  }
  return digest.readUInt16BE(0);
}
function mirrored(polynomial) {
  let result = 0;
  for (let bit = 0; bit < 16; bit++) if (polynomial & 1 << bit) result |= 32768 >> bit;
  return result;
}

// mcu-bridge/frame.ts
var SOH = 1;
var LEAST_MAX_PAYLOAD = 48;
var MAX_PAYLOAD = 240;
var OFFSET_LEN = 1;
var OFFSET_CMD = 2;
var OFFSET_PAYLOAD = 3;
var CRC_BYTES = 2;
var FRAME_OVERHEAD = OFFSET_PAYLOAD + CRC_BYTES;
var MAX_FRAME = FRAME_OVERHEAD + MAX_PAYLOAD;
var BYTE_ORDERS = ["high-first", "low-first"];
var FRAME_FORMAT = { crc: "xmodem", byteOrder: "high-first", maxPayload: MAX_PAYLOAD };
var NEED_MORE = /* @__PURE__ */ Symbol("need more bytes");
function checkFormat({ maxPayload }) {
  if (Number.isInteger(maxPayload) && maxPayload >= LEAST_MAX_PAYLOAD && maxPayload <= MAX_PAYLOAD) return;
  const range = `${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD}`;
  throw new LinkError("LINK_MISUSED", `The largest payload of a line is ${range} bytes, not ${maxPayload}`, {
    facts: { maxPayload }
  });
}
function encodeFrame(frame, format = FRAME_FORMAT) {
  const { command, payload } = frame;
  if (payload.length > format.maxPayload || !Number.isInteger(command) || command < 0 || command > 255) {
    throw new LinkError("LINK_MISUSED", "This command or payload does not fit into a frame; split the data", {
      facts: { command, length: payload.length, limit: format.maxPayload }
    });
  }
  const bytes = new Uint8Array(FRAME_OVERHEAD + payload.length);
  bytes[0] = SOH;
  bytes[OFFSET_LEN] = payload.length;
  bytes[OFFSET_CMD] = command;
  bytes.set(payload, OFFSET_PAYLOAD);
  const crcAt = OFFSET_PAYLOAD + payload.length;
  const crc = crc16(bytes.subarray(OFFSET_LEN, crcAt), format.crc);
  new DataView(bytes.buffer).setUint16(crcAt, crc, format.byteOrder === "low-first");
  return bytes;
}
function decodeFrame(bytes, format = FRAME_FORMAT) {
  const start2 = bytes[0];
  const length = bytes[OFFSET_LEN];
  const command = bytes[OFFSET_CMD];
  if (start2 === void 0) return NEED_MORE;
  if (start2 !== SOH) return { kind: "fault", reason: "no-start" };
  if (length === void 0) return NEED_MORE;
  if (length > format.maxPayload) return { kind: "fault", reason: "bad-length" };
  const crcAt = OFFSET_PAYLOAD + length;
  const first = bytes[crcAt];
  const second = bytes[crcAt + 1];
  if (command === void 0 || first === void 0 || second === void 0) return NEED_MORE;
  const crc = format.byteOrder === "high-first" ? (first << 8) + second : (second << 8) + first;
  if (crc16(bytes.subarray(OFFSET_LEN, crcAt), format.crc) !== crc) {
    return { kind: "fault", reason: "bad-crc" };
  }
  const frame = { command, payload: bytes.slice(OFFSET_PAYLOAD, crcAt) };
  return { kind: "frame", frame, length: crcAt + CRC_BYTES };
}

// mcu-bridge/deframer.ts
var FRAME_GAP_MS = 50;
var LONGEST_RUN = 256;
var Deframer = class {
  #gapMs;
  #format;
  #buffer = new Uint8Array(MAX_FRAME);
  #held = 0;
  #lastByteAt = 0;
  #run = new Uint8Array(LONGEST_RUN);
  #runLength = 0;
  #runReason = "no-start";
  /** Error: LINK_MISUSED for a format that there is not. */
  constructor(gapMs = FRAME_GAP_MS, format = FRAME_FORMAT) {
    checkFormat(format);
    this.#gapMs = gapMs;
    this.#format = format;
  }
  /** A frame has begun or discarded bytes are not reported yet: `tick` is wanted `gapMs` after the last byte. */
  get pending() {
    return this.#held > 0 || this.#runLength > 0;
  }
  /** Takes all of `bytes`, which came at `atMs` (any clock that never goes back). */
  push(bytes, atMs) {
    const out = this.tick(atMs);
    this.#lastByteAt = atMs;
    let taken2 = 0;
    while (taken2 < bytes.length) {
      const part = bytes.subarray(taken2, taken2 + MAX_FRAME - this.#held);
      this.#buffer.set(part, this.#held);
      this.#held += part.length;
      taken2 += part.length;
      this.#scan(out, false);
    }
    return out;
  }
  /** Time goes by. Once the line was silent for longer than the gap, what is held can no longer become a frame. */
  tick(atMs) {
    const out = [];
    if (this.pending && atMs - this.#lastByteAt > this.#gapMs) {
      this.#scan(out, true);
      this.#endRun(out);
    }
    return out;
  }
  #scan(out, silent) {
    let start2 = 0;
    while (start2 < this.#held) {
      const decoded2 = decodeFrame(this.#buffer.subarray(start2, this.#held), this.#format);
      if (decoded2 === NEED_MORE) {
        if (!silent) break;
        this.#discard(start2, "gap", out);
        start2 += 1;
      } else if (decoded2.kind === "fault") {
        this.#discard(start2, decoded2.reason, out);
        start2 += 1;
      } else {
        this.#endRun(out);
        out.push({ kind: "frame", frame: decoded2.frame });
        start2 += decoded2.length;
      }
    }
    this.#buffer.copyWithin(0, start2, this.#held);
    this.#held -= start2;
  }
  #discard(index, reason, out) {
    if (reason !== this.#runReason || this.#runLength === LONGEST_RUN) this.#endRun(out);
    this.#runReason = reason;
    this.#run.set(this.#buffer.subarray(index, index + 1), this.#runLength);
    this.#runLength += 1;
  }
  #endRun(out) {
    if (this.#runLength === 0) return;
    out.push({ kind: "discarded", bytes: this.#run.slice(0, this.#runLength), reason: this.#runReason });
    this.#runLength = 0;
  }
};

// mcu-bridge/fields.ts
var FieldReader = class _FieldReader {
  #view;
  #at = 0;
  constructor(bytes) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  /** For a message of exactly `length` bytes. Error: MCU_REPLY_MALFORMED when there are more or fewer. */
  static exactly(fields, length) {
    if (fields.length !== length) {
      throw malformed(`${length} bytes of fields expected, ${fields.length} came`, { length: fields.length });
    }
    return new _FieldReader(fields);
  }
  u8() {
    return this.#view.getUint8(this.#advance(1));
  }
  u16() {
    return this.#view.getUint16(this.#advance(2), true);
  }
  i16() {
    return this.#view.getInt16(this.#advance(2), true);
  }
  u32() {
    return this.#view.getUint32(this.#advance(4), true);
  }
  /** `count` bytes as lower-case hex. */
  hex(count) {
    const start2 = this.#view.byteOffset + this.#advance(count);
    return Buffer.from(this.#view.buffer, start2, count).toString("hex");
  }
  /** Everything that is left; a copy. */
  rest() {
    const start2 = this.#view.byteOffset + this.#advance(this.#view.byteLength - this.#at);
    return new Uint8Array(this.#view.buffer.slice(start2, this.#view.byteOffset + this.#view.byteLength));
  }
  #advance(bytes) {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#view.byteLength) {
      throw malformed("the fields end too early", { length: this.#view.byteLength, wanted: this.#at });
    }
    return at;
  }
};
var FieldWriter = class {
  #bytes = [];
  u8(value) {
    return this.#put(value, 1, 0, 255);
  }
  u16(value) {
    return this.#put(value, 2, 0, 65535);
  }
  i16(value) {
    return this.#put(value, 2, -32768, 32767);
  }
  u32(value) {
    return this.#put(value, 4, 0, 4294967295);
  }
  /** Exactly `count` bytes from hex digits. */
  hex(digits, count) {
    const bytes = Buffer.from(digits, "hex");
    if (bytes.length !== count || digits.length !== 2 * count) {
      throw new LinkError("LINK_MISUSED", `A field of ${count} bytes needs ${2 * count} hex digits`, {
        facts: { digits: digits.length }
      });
    }
    this.#bytes.push(...bytes);
    return this;
  }
  bytes(bytes) {
    this.#bytes.push(...bytes);
    return this;
  }
  finish() {
    return Uint8Array.from(this.#bytes);
  }
  #put(value, bytes, least, most) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new LinkError("LINK_MISUSED", `A field must be a whole number from ${least} to ${most}`, {
        facts: { value }
      });
    }
    for (let index = 0; index < bytes; index++) this.#bytes.push(value >> 8 * index & 255);
    return this;
  }
};
function malformed(what, facts) {
  const message = `The message makes no sense: ${what}; check which firmware the MCU runs`;
  return new LinkError("MCU_REPLY_MALFORMED", message, { facts });
}
function known(value, none) {
  return value === none ? void 0 : value;
}

// mcu-bridge/permission.ts
var LENGTH = 4;
function encodePermission(permission) {
  return new FieldWriter().u8(permission.allowed ? 1 : 0).u8(permission.reasonCode).u16(permission.askAgainMinutes).finish();
}
function decodePermission(fields) {
  const reader = FieldReader.exactly(fields, LENGTH);
  const answer = reader.u8();
  const reasonCode = reader.u8();
  if (answer > 1) throw malformed(`${answer} is neither yes nor no`, { answer });
  return {
    allowed: answer === 1,
    reason: nameOf(NO_REASON, reasonCode) ?? `reason ${reasonCode}`,
    reasonCode,
    askAgainMinutes: reader.u16()
  };
}

// mcu-bridge/status.ts
var LENGTH2 = 22;
var LID = { closed: 0, open: 1, unknown: 255 };
var NO_TEMPERATURE = -32768;
var NO_SUPPLY = 65535;
var NO_HEATER = 255;
function encodeStatus(status) {
  const { lidOpen, temperatures } = status;
  return new FieldWriter().u8(status.mode).u8(MODE_CLASS[status.class]).u8(lidOpen === void 0 ? LID.unknown : lidOpen ? LID.open : LID.closed).u8(status.heaterPercent ?? NO_HEATER).u16(status.programme).u16(status.minutesLeft).u16(status.faultCode).u16(status.supplyMillivolts ?? NO_SUPPLY).i16(tenths(temperatures.bottom)).i16(tenths(temperatures.lid)).i16(tenths(temperatures.board)).u32(status.uptimeSeconds).finish();
}
function decodeStatus(fields) {
  const reader = FieldReader.exactly(fields, LENGTH2);
  const mode = reader.u8();
  const modeClass = reader.u8();
  const lid = reader.u8();
  const heater = reader.u8();
  const className = nameOf(MODE_CLASS, modeClass);
  if (className === void 0) throw malformed(`there is no class ${modeClass}`, { class: modeClass });
  const modeName = nameOf(MODE, mode);
  if (modeName !== void 0 && CLASS_OF_MODE[modeName] !== className) {
    throw malformed(`mode ${modeName} with class ${className}`, { mode, class: modeClass });
  }
  const lidName = nameOf(LID, lid);
  if (lidName === void 0) throw malformed(`there is no lid state ${lid}`, { lid });
  if (heater > 100 && heater !== NO_HEATER) throw malformed(`a heater at ${heater} %`, { heater });
  return {
    mode,
    modeName: modeName ?? "unknown",
    class: className,
    lidOpen: lidName === "unknown" ? void 0 : lidName === "open",
    heaterPercent: heater === NO_HEATER ? void 0 : heater,
    programme: reader.u16(),
    minutesLeft: reader.u16(),
    faultCode: reader.u16(),
    supplyMillivolts: known(reader.u16(), NO_SUPPLY),
    temperatures: {
      bottom: degrees(reader.i16()),
      lid: degrees(reader.i16()),
      board: degrees(reader.i16())
    },
    uptimeSeconds: reader.u32()
  };
}
function tenths(celsius) {
  return celsius === void 0 ? NO_TEMPERATURE : Math.round(celsius * 10);
}
function degrees(wire) {
  return wire === NO_TEMPERATURE ? void 0 : wire / 10;
}

// mcu-bridge/version.ts
var LENGTH3 = 36;
var DIGEST_BYTES = 8;
var NO_DIGEST = "0".repeat(2 * DIGEST_BYTES);
var NO_FIRMWARE = "0.0.0";
var ANSWERING = { application: 1, "boot-loader": 2 };
var KEEPS_PREVIOUS = 1;
function encodeVersion(version) {
  const writer = new FieldWriter().u8(version.protocol.lowest).u8(version.protocol.highest).u8(ANSWERING[version.answering]).u8(version.keepsPrevious ? KEEPS_PREVIOUS : 0).u16(version.hardware.product).u16(version.hardware.revision);
  for (const text of [version.bootLoader, version.firmware ?? NO_FIRMWARE]) {
    putVersion(writer, text);
  }
  return writer.u32(version.capacity).u32(version.pageSize).hex(version.firmwareDigest ?? NO_DIGEST, DIGEST_BYTES).finish();
}
function decodeVersion(fields) {
  const reader = FieldReader.exactly(fields, LENGTH3);
  const lowest = reader.u8();
  const highest = reader.u8();
  const answering = reader.u8();
  const answeringName = nameOf(ANSWERING, answering);
  if (answeringName === void 0) throw malformed(`nobody answers as ${answering}`, { answering });
  if (lowest > highest) throw malformed(`protocol range ${lowest} to ${highest}`, { lowest, highest });
  const abilities = reader.u8();
  const hardware = { product: reader.u16(), revision: reader.u16() };
  const bootLoader = versionText(reader);
  const firmware = versionText(reader);
  const capacity = reader.u32();
  const pageSize = reader.u32();
  const digest = reader.hex(DIGEST_BYTES);
  return {
    protocol: { lowest, highest },
    answering: answeringName,
    keepsPrevious: (abilities & KEEPS_PREVIOUS) !== 0,
    hardware,
    bootLoader,
    firmware: known(firmware, NO_FIRMWARE),
    capacity,
    pageSize,
    firmwareDigest: known(digest, NO_DIGEST)
  };
}
function putVersion(writer, text) {
  const parts = text.split(".");
  if (parts.length !== 3) {
    throw new LinkError("LINK_MISUSED", `A version is major.minor.patch, not "${text}"`, { facts: { text } });
  }
  for (const part of parts) writer.u16(Number(part));
}
function versionText(reader) {
  return [reader.u16(), reader.u16(), reader.u16()].join(".");
}

// mcu-bridge/messages.ts
var NOTHING = {
  encode: () => new Uint8Array(0),
  decode: (fields) => {
    FieldReader.exactly(fields, 0);
  }
};
var PING = {
  name: "ping",
  id: COMMAND.ping,
  changesNothing: true,
  encodeRequest: encodeToken,
  decodeRequest: decodeToken,
  encodeReply: encodeToken,
  decodeReply: decodeToken
};
var VERSION = {
  name: "version",
  id: COMMAND.version,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeVersion,
  decodeReply: decodeVersion
};
var STATUS = {
  name: "status",
  id: COMMAND.status,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeStatus,
  decodeReply: decodeStatus
};
var MAY_REBOOT = {
  name: "may-reboot",
  id: COMMAND.mayReboot,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodePermission,
  decodeReply: decodePermission
};
var MAY_FLASH = {
  ...MAY_REBOOT,
  name: "may-flash",
  id: COMMAND.mayFlash
};
var PREPARE_REBOOT = {
  name: "prepare-reboot",
  id: COMMAND.prepareReboot,
  changesNothing: false,
  encodeRequest: (seconds) => new FieldWriter().u16(seconds).finish(),
  decodeRequest: (fields) => FieldReader.exactly(fields, 2).u16(),
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode
};
function encodeToken(token) {
  return new FieldWriter().u32(token).finish();
}
function decodeToken(fields) {
  return FieldReader.exactly(fields, 4).u32();
}

// mcu-bridge/transfer-messages.ts
var DIGEST_BYTES2 = 32;
var SHORT_DIGEST_BYTES = 8;
var NO_DIGEST2 = "0".repeat(2 * SHORT_DIGEST_BYTES);
var FRAME_NUMBER_BYTES = 1;
var DATA_OFFSET_BYTES = 4;
var MOST_DATA = MAX_PAYLOAD - FRAME_NUMBER_BYTES - DATA_OFFSET_BYTES;
var TRANSFER_STATE = { none: 0, receiving: 1, verified: 2, "on-trial": 3 };
var RESTORE = 1;
var PREVIOUS_KEPT = 1;
var BEGIN_BYTES = 11 + DIGEST_BYTES2;
var TERMS_BYTES = 8;
var QUERY_BYTES = 18 + SHORT_DIGEST_BYTES;
var BEGIN = {
  name: "begin",
  id: COMMAND.begin,
  changesNothing: false,
  encodeRequest: (begin2) => {
    const writer = new FieldWriter().u32(begin2.size);
    putVersion(writer, begin2.version);
    return writer.u8(begin2.restore ? RESTORE : 0).hex(begin2.digest, DIGEST_BYTES2).finish();
  },
  decodeRequest: (fields) => {
    const reader = FieldReader.exactly(fields, BEGIN_BYTES);
    const size = reader.u32();
    const version = versionText(reader);
    return { size, version, restore: (reader.u8() & RESTORE) !== 0, digest: reader.hex(DIGEST_BYTES2) };
  },
  encodeReply: (terms) => new FieldWriter().u32(terms.offset).u8(terms.window).u8(terms.mostBytes).u16(terms.answerMs).finish(),
  decodeReply: (fields) => {
    const reader = FieldReader.exactly(fields, TERMS_BYTES);
    const offset = reader.u32();
    const terms = { offset, window: reader.u8(), mostBytes: reader.u8(), answerMs: reader.u16() };
    if (terms.window === 0 || terms.mostBytes === 0 || terms.mostBytes > MOST_DATA) {
      throw malformed("terms under which nothing can be sent", { ...terms });
    }
    return terms;
  }
};
var DATA = {
  name: "data",
  id: COMMAND.data,
  changesNothing: false,
  encodeRequest: ({ offset, bytes }) => new FieldWriter().u32(offset).bytes(bytes).finish(),
  decodeRequest: (fields) => {
    const reader = new FieldReader(fields);
    const offset = reader.u32();
    const bytes = reader.rest();
    if (bytes.length === 0) throw malformed("data without bytes", { offset });
    return { offset, bytes };
  },
  encodeReply: (offset) => new FieldWriter().u32(offset).finish(),
  decodeReply: (fields) => FieldReader.exactly(fields, DATA_OFFSET_BYTES).u32()
};
var QUERY = {
  name: "query",
  id: COMMAND.query,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: encodeTransfer,
  decodeReply: decodeTransfer
};
var VERIFY = {
  name: "verify",
  id: COMMAND.verify,
  changesNothing: true,
  encodeRequest: NOTHING.encode,
  decodeRequest: NOTHING.decode,
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode
};
var ACTIVATE = {
  name: "activate",
  id: COMMAND.activate,
  changesNothing: false,
  encodeRequest: (order) => new FieldWriter().u16(order.trialSeconds).hex(order.digest, SHORT_DIGEST_BYTES).finish(),
  decodeRequest: (fields) => {
    const reader = FieldReader.exactly(fields, 2 + SHORT_DIGEST_BYTES);
    return { trialSeconds: reader.u16(), digest: reader.hex(SHORT_DIGEST_BYTES) };
  },
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode
};
var ACCEPT = {
  name: "accept",
  id: COMMAND.accept,
  changesNothing: false,
  encodeRequest: (digest) => new FieldWriter().hex(digest, SHORT_DIGEST_BYTES).finish(),
  decodeRequest: (fields) => FieldReader.exactly(fields, SHORT_DIGEST_BYTES).hex(SHORT_DIGEST_BYTES),
  encodeReply: NOTHING.encode,
  decodeReply: NOTHING.decode
};
var DISCARD_OLD = {
  ...VERIFY,
  name: "discard-old",
  id: COMMAND.discardOld,
  changesNothing: false
};
var ABORT = {
  ...VERIFY,
  name: "abort",
  id: COMMAND.abort,
  changesNothing: false
};
function encodeTransfer(transfer) {
  const writer = new FieldWriter().u8(TRANSFER_STATE[transfer.state]).u8(transfer.previousKept ? PREVIOUS_KEPT : 0).u16(transfer.trialSecondsLeft).u32(transfer.offset).u32(transfer.size);
  putVersion(writer, transfer.version ?? NO_FIRMWARE);
  return writer.hex(transfer.digest ?? NO_DIGEST2, SHORT_DIGEST_BYTES).finish();
}
function decodeTransfer(fields) {
  const reader = FieldReader.exactly(fields, QUERY_BYTES);
  const number = reader.u8();
  const state = nameOf(TRANSFER_STATE, number);
  if (state === void 0) throw malformed(`there is no transfer state ${number}`, { state: number });
  const previousKept = (reader.u8() & PREVIOUS_KEPT) !== 0;
  const trialSecondsLeft = reader.u16();
  const offset = reader.u32();
  const size = reader.u32();
  if (offset > size) throw malformed(`offset ${offset} in a firmware of ${size} bytes`, { offset, size });
  const version = known(versionText(reader), NO_FIRMWARE);
  const digest = known(reader.hex(SHORT_DIGEST_BYTES), NO_DIGEST2);
  return { state, previousKept, trialSecondsLeft, offset, size, version, digest };
}
function shortDigest(digest) {
  return digest.slice(0, 2 * SHORT_DIGEST_BYTES);
}

// mcu-bridge/trace.ts
var LAYOUTS = new Map(
  [
    PING,
    VERSION,
    STATUS,
    MAY_REBOOT,
    MAY_FLASH,
    PREPARE_REBOOT,
    BEGIN,
    DATA,
    QUERY,
    VERIFY,
    ACTIVATE,
    ACCEPT,
    DISCARD_OLD,
    ABORT
  ].map((layout) => [layout.id, layout])
);
function explainFrame(frame, numbered) {
  const number = numbered ? frame.payload[0] : void 0;
  const fields = numbered ? frame.payload.subarray(1) : frame.payload;
  const from = frame.command >= EVENT_FIRST ? "mcu" : "board";
  if (numbered && number === void 0) {
    const name = commandName(frame.command);
    const problem = "a frame without a number";
    return { from, role: "unknown", name, command: frame.command, number, fields: void 0, problem };
  }
  return { from, number, ...meaningOf(frame.command, fields) };
}
function meaningOf(sent, fields) {
  const command = sent & ~REPLY_BIT;
  const layout = LAYOUTS.get(command);
  if (sent === ERROR_REPLY) {
    const refused2 = fields[0] ?? 0;
    return {
      role: "refusal",
      name: commandName(refused2),
      command: refused2,
      ...decoded(() => readRefusal(fields))
    };
  }
  if (sent >= EVENT_FIRST && sent <= EVENT_LAST) {
    const name2 = nameOf(EVENT, sent) ?? commandName(sent);
    return { role: "event", name: name2, command: sent, ...decoded(() => readEvent(sent, fields)) };
  }
  const role = sent === 0 || command >= EVENT_FIRST ? "unknown" : sent & REPLY_BIT ? "reply" : "request";
  const name = commandName(command);
  if (layout === void 0 || role === "unknown") {
    return { role, name, command, fields: void 0, problem: void 0 };
  }
  return {
    role,
    name,
    command,
    ...decoded(() => role === "reply" ? layout.decodeReply(fields) : layout.decodeRequest(fields))
  };
}
function commandName(command) {
  return LAYOUTS.get(command)?.name ?? `command 0x${command.toString(16).padStart(2, "0")}`;
}
function decoded(read) {
  try {
    const value = read();
    if (value === void 0) return { fields: void 0, problem: void 0 };
    const fields = typeof value === "object" && value !== null ? { ...value } : { value };
    return { fields, problem: void 0 };
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    return { fields: void 0, problem: error.message };
  }
}
function readRefusal(fields) {
  const reader = FieldReader.exactly(fields, 4);
  reader.u8();
  const reason = reader.u8();
  return { reason: nameOf(REFUSAL, reason) ?? `reason ${reason}`, detail: reader.u16() };
}
function readEvent(event, fields) {
  if (event !== EVENT.modeChanged) return void 0;
  const reader = FieldReader.exactly(fields, 2);
  return { mode: reader.u8(), class: reader.u8() };
}

// mcu-bridge/inspector.ts
var INSPECTOR_DEFAULTS = {
  format: FRAME_FORMAT,
  numbered: true,
  gapMs: FRAME_GAP_MS,
  baudRate: 9600,
  bitsPerByte: 10
};
var UNNUMBERED = -1;
var MOST_ANSWER_TIMES = 1e4;
var Inspector = class {
  #options;
  #wires;
  #asked = /* @__PURE__ */ new Map();
  #answerTimes = [];
  #frames = { board: 0, mcu: 0 };
  #discarded = { "no-start": 0, "bad-length": 0, "bad-crc": 0, gap: 0 };
  #counts = { repeated: 0, lost: 0, refused: 0, stale: 0, malformed: 0, resyncs: 0 };
  #answers = 0;
  #lastNumber = UNNUMBERED;
  #firstAt;
  #lastAt = 0;
  constructor(options = {}) {
    this.#options = { ...INSPECTOR_DEFAULTS, ...options };
    const wire = () => ({
      deframer: new Deframer(this.#options.gapMs, this.#options.format),
      bytes: 0,
      inSync: true
    });
    this.#wires = { board: wire(), mcu: wire(), line: wire() };
  }
  /** Takes what was heard on one wire at `atMs` (a clock that never goes back). */
  hear(on, bytes, atMs) {
    this.#firstAt ??= atMs;
    this.#lastAt = atMs;
    const wire = this.#wires[on];
    wire.bytes += bytes.length;
    return this.#trace(on, wire.deframer.push(bytes, atMs), atMs);
  }
  /** Time goes by: frames that were begun and not completed are given up. */
  tick(atMs) {
    return ["board", "mcu", "line"].flatMap(
      (on) => this.#trace(on, this.#wires[on].deframer.tick(atMs), atMs)
    );
  }
  /** Nothing more will come: what was begun is given up now. */
  end() {
    return this.tick(this.#lastAt + this.#options.gapMs + 1);
  }
  get statistics() {
    const ms = this.#lastAt - (this.#firstAt ?? 0);
    const bytes = { board: 0, mcu: 0, line: 0 };
    const utilisation = { board: 0, mcu: 0, line: 0 };
    for (const on of ["board", "mcu", "line"]) {
      bytes[on] = this.#wires[on].bytes;
      const bits = bytes[on] * this.#options.bitsPerByte;
      utilisation[on] = ms > 0 ? bits * 1e3 / (ms * this.#options.baudRate) : 0;
    }
    const open = [...this.#asked.values()].filter((asked) => !asked.answered).length;
    const { lost, ...counts } = this.#counts;
    return {
      seconds: ms / 1e3,
      frames: { ...this.#frames },
      bytes,
      utilisation,
      ...counts,
      unanswered: lost + open,
      discardedBytes: { ...this.#discarded },
      answers: this.#percentiles()
    };
  }
  #trace(on, results, atMs) {
    const wire = this.#wires[on];
    return results.map((result) => {
      if (result.kind === "frame") {
        wire.inSync = true;
        return this.#frame(on, result.frame, atMs);
      }
      if (wire.inSync) this.#counts.resyncs += 1;
      wire.inSync = false;
      this.#discarded[result.reason] += result.bytes.length;
      return { ...result, atMs, from: on };
    });
  }
  #frame(on, frame, atMs) {
    const meaning = explainFrame(frame, this.#options.numbered);
    const from = on === "line" ? meaning.from : on;
    this.#frames[from] += 1;
    if (meaning.problem !== void 0) this.#counts.malformed += 1;
    const traced = { kind: "frame", atMs, frame, ...meaning, from };
    if (meaning.role === "request") {
      return { ...traced, repeated: this.#ask(meaning, frame, atMs), answerMs: void 0, stale: false };
    }
    if (meaning.role !== "reply" && meaning.role !== "refusal") {
      return { ...traced, repeated: false, answerMs: void 0, stale: false };
    }
    if (meaning.role === "refusal") this.#counts.refused += 1;
    const answerMs = this.#answer(meaning, atMs);
    return { ...traced, repeated: false, answerMs, stale: answerMs === void 0 };
  }
  /** True when this very request has been asked before. */
  #ask(meaning, frame, atMs) {
    const number = meaning.number ?? UNNUMBERED;
    const payload = Buffer.from(frame.payload).toString("hex");
    const before = this.#asked.get(number);
    const same = before?.command === meaning.command && before.payload === payload;
    const latest = number !== UNNUMBERED && number === this.#lastNumber;
    const repeated = same && (latest || !before.answered);
    if (repeated) this.#counts.repeated += 1;
    else if (before?.answered === false) this.#counts.lost += 1;
    this.#lastNumber = number;
    this.#asked.set(number, { command: meaning.command, payload, atMs, answered: false });
    return repeated;
  }
  #answer(meaning, atMs) {
    const number = meaning.number ?? UNNUMBERED;
    const asked = this.#asked.get(number);
    if (asked === void 0 || asked.answered || asked.command !== meaning.command) {
      this.#counts.stale += 1;
      return void 0;
    }
    this.#asked.set(number, { ...asked, answered: true });
    const ms = Math.round((atMs - asked.atMs) * 1e3) / 1e3;
    this.#answerTimes[this.#answers % MOST_ANSWER_TIMES] = ms;
    this.#answers += 1;
    return ms;
  }
  #percentiles() {
    const sorted = this.#answerTimes.toSorted((one, other) => one - other);
    const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    if (sorted.length === 0) return void 0;
    return { count: this.#answers, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
  }
};

// mcu-bridge/link.ts
import { randomInt } from "node:crypto";

// mcu-bridge/link-machine.ts
var TRANSITIONS = {
  idle: { request: begin, frame: hearUnasked, timeout: stay, cancel: stay, close },
  waiting: { frame: matchReply, timeout: repeatOrGiveUp, cancel: forget, close: failAndClose },
  closed: { request: refuse, frame: stay, timeout: stay, cancel: stay, close: stay }
};
function startLink(firstNumber) {
  return { kind: "idle", next: firstNumber & 255 };
}
function stepLink(state, input, rules) {
  const action = TRANSITIONS[state.kind][input.kind];
  if (action === void 0) {
    throw new LinkError("LINK_MISUSED", `A link that is ${state.kind} takes no ${input.kind}; queue it`);
  }
  return action(state, input, rules);
}
function begin(state, input, rules) {
  const { request } = input;
  const payload = rules.numbered ? Uint8Array.of(state.next, ...request.fields) : request.fields;
  const bytes = encodeFrame({ command: request.command, payload }, rules.format);
  const next = rules.numbered ? state.next + 1 & 255 : state.next;
  return {
    state: { kind: "waiting", next, number: state.next, request, bytes, triesLeft: rules.tries - 1 },
    effects: [
      { kind: "send", bytes },
      { kind: "start-timer", ms: rules.timeoutMs }
    ]
  };
}
function matchReply(state, input, rules) {
  const { frame } = input;
  const { request } = state;
  const { number, fields } = splitNumber(frame, rules);
  if (isEvent(frame) || fields === void 0) return hearUnasked(state, input, rules);
  if (rules.numbered && number !== state.number) return hearUnasked(state, input, rules);
  if (frame.command === (request.command | REPLY_BIT)) return end(state, { kind: "reply", fields });
  if (frame.command === ERROR_REPLY && fields[0] === request.command) {
    return end(state, { kind: "fail", error: refusal(request, fields) });
  }
  return hearUnasked(state, input, rules);
}
function end(state, effect) {
  return { state: { kind: "idle", next: state.next }, effects: [{ kind: "stop-timer" }, effect] };
}
function hearUnasked(state, input, rules) {
  const { frame } = input;
  const { number, fields } = splitNumber(frame, rules);
  if (isEvent(frame) && fields !== void 0) {
    return { state, effects: [{ kind: "event", event: { command: frame.command, number, fields } }] };
  }
  const what = (frame.command & REPLY_BIT) !== 0 && fields !== void 0 ? "stale" : "unexpected";
  return { state, effects: [{ kind: "count", what }] };
}
function repeatOrGiveUp(state, _input, rules) {
  const { request } = state;
  if (state.triesLeft > 0 && (rules.numbered || request.changesNothing)) {
    return {
      state: { ...state, triesLeft: state.triesLeft - 1 },
      effects: [
        { kind: "count", what: "repeated" },
        { kind: "send", bytes: state.bytes },
        { kind: "start-timer", ms: rules.timeoutMs }
      ]
    };
  }
  const tries = rules.tries - state.triesLeft;
  const error = new LinkError(
    "MCU_SILENT",
    `The MCU did not answer ${request.name} (tries: ${tries}, ${rules.timeoutMs} ms each); check cable, port and baud rate`,
    { facts: { command: request.name, tries, timeoutMs: rules.timeoutMs } }
  );
  return { state: { kind: "idle", next: state.next }, effects: [{ kind: "fail", error }] };
}
function forget(state) {
  return { state: { kind: "idle", next: state.next }, effects: [{ kind: "stop-timer" }] };
}
function close(_state, input) {
  return { state: { kind: "closed", error: input.error }, effects: [] };
}
function failAndClose(_state, input) {
  const { error } = input;
  return { state: { kind: "closed", error }, effects: [{ kind: "stop-timer" }, { kind: "fail", error }] };
}
function refuse(state) {
  return { state, effects: [{ kind: "fail", error: state.error }] };
}
function stay(state) {
  return { state, effects: [] };
}
function isEvent(frame) {
  return frame.command >= EVENT_FIRST && frame.command <= EVENT_LAST;
}
function splitNumber(frame, rules) {
  if (!rules.numbered) return { number: void 0, fields: frame.payload };
  const number = frame.payload[0];
  return { number, fields: number === void 0 ? void 0 : frame.payload.subarray(1) };
}
function refusal(request, fields) {
  if (fields.length !== 4) {
    return new LinkError("MCU_REPLY_MALFORMED", `The error reply to ${request.name} has the wrong length`, {
      facts: { command: request.name, length: fields.length }
    });
  }
  const reader = new FieldReader(fields);
  reader.u8();
  const reason = reader.u8();
  const reasonName = nameOf(REFUSAL, reason) ?? `reason ${reason}`;
  const code = reason === REFUSAL.busy ? "MCU_BUSY" : "MCU_REFUSED";
  return new LinkError(code, `The MCU refused ${request.name}: ${reasonName}`, {
    facts: { command: request.name, reason: reasonName, detail: reader.u16() }
  });
}

// mcu-bridge/stream.ts
var RequestStream = class {
  #command;
  #numbered;
  #write;
  #hear;
  constructor(command, rules, write, hear) {
    this.#command = command;
    this.#numbered = rules.numbered;
    this.#write = write;
    this.#hear = hear;
  }
  /** Sends one request. `number` is 0..255 and unlike those that are unanswered. */
  send(number, fields) {
    const payload = this.#numbered ? Uint8Array.of(number, ...fields) : fields;
    this.#write({ command: this.#command.id, payload });
  }
  /** True when `frame` answers a request of this command; then it was heard. */
  take(frame) {
    const { number, fields } = splitNumber(frame, { numbered: this.#numbered });
    if (fields === void 0) return false;
    if (frame.command === (this.#command.id | REPLY_BIT)) {
      this.#hear({ kind: "reply", number, fields });
      return true;
    }
    if (frame.command !== ERROR_REPLY || fields[0] !== this.#command.id) return false;
    this.#hear({ kind: "refused", error: refusal(this.#command, fields) });
    return true;
  }
  end(error) {
    this.#hear({ kind: "ended", error });
  }
};

// mcu-bridge/link.ts
var LINK_DEFAULTS = {
  timeoutMs: 500,
  tries: 3,
  numbered: true,
  format: FRAME_FORMAT,
  gapMs: FRAME_GAP_MS,
  longestQueue: 16
};
var EXPECTED_REBOOT_SECONDS = 120;
var TRIAL_SECONDS = 300;
var McuLink = class {
  #port;
  #options;
  #deframer;
  #counters = {
    framesReceived: 0,
    repeated: 0,
    stale: 0,
    unexpected: 0,
    discardedBytes: { "no-start": 0, "bad-length": 0, "bad-crc": 0, gap: 0 }
  };
  #listeners = /* @__PURE__ */ new Set();
  #state;
  #current;
  #waiting = [];
  #requestTimer;
  #gapTimer;
  #stream;
  constructor(port, options = {}) {
    this.#port = port;
    this.#options = { ...LINK_DEFAULTS, firstNumber: randomInt(256), ...options };
    this.#deframer = new Deframer(this.#options.gapMs, this.#options.format);
    this.#state = startLink(this.#options.firstNumber);
    port.onData((bytes) => this.#receive(bytes));
    port.onClose((cause) => this.#closeWith(portLost(cause)));
  }
  get counters() {
    return { ...this.#counters, discardedBytes: { ...this.#counters.discardedBytes } };
  }
  /** Is anybody there? Resolves with the milliseconds that the answer took. */
  async ping(signal) {
    const token = randomInt(2 ** 32);
    const asked = performance.now();
    const answer = await this.ask(PING, token, signal);
    if (answer !== token) {
      throw new LinkError(
        "MCU_REPLY_MALFORMED",
        "Ping came back with another token; something else answers, or an earlier ping",
        {
          facts: { token, answer }
        }
      );
    }
    return performance.now() - asked;
  }
  version(signal) {
    return this.ask(VERSION, void 0, signal);
  }
  status(signal) {
    return this.ask(STATUS, void 0, signal);
  }
  mayReboot(signal) {
    return this.ask(MAY_REBOOT, void 0, signal);
  }
  mayFlash(signal) {
    return this.ask(MAY_FLASH, void 0, signal);
  }
  /** Tells the MCU that the board resets now. MCU_REFUSED: it will not have it; do not reboot. */
  prepareReboot(signal, seconds = EXPECTED_REBOOT_SECONDS) {
    return this.ask(PREPARE_REBOOT, seconds, signal);
  }
  /** How far a firmware transfer is, whether one is on trial and whether a previous firmware is kept. */
  queryTransfer(signal) {
    return this.ask(QUERY, void 0, signal);
  }
  /**
   * Starts the verified firmware of this SHA-256 (64 or 16 hex digits) on trial: the MCU resets right after its
   * answer and falls back by itself unless accepted in time. Done at once when it is on trial already.
   */
  activateFirmware(digest, signal, trialSeconds = TRIAL_SECONDS) {
    return this.ask(ACTIVATE, { digest: shortDigest(digest), trialSeconds }, signal);
  }
  /** Ends the trial of this firmware well. MCU_REFUSED: it is not the one that runs; it fell back. */
  acceptFirmware(digest, signal) {
    return this.ask(ACCEPT, shortDigest(digest), signal);
  }
  /** The previous firmware is wanted no more; only after Linux was marked good. */
  discardOldFirmware(signal) {
    return this.ask(DISCARD_OLD, void 0, signal);
  }
  /** Drops what came so far; on trial, the MCU goes back to its previous firmware (by a reset). */
  abortTransfer(signal) {
    return this.ask(ABORT, void 0, signal);
  }
  /** Bytes of fields that fit into one request. */
  get mostFields() {
    return this.#options.format.maxPayload - (this.#options.numbered ? 1 : 0);
  }
  get numbered() {
    return this.#options.numbered;
  }
  /**
   * Opens a stream of requests of one command; `hear` gets every answer to them until the returned function is
   * called, and `ended` when the link closes. Questions go on beside it. Error: LINK_MISUSED for a second one.
   */
  openStream(command, hear) {
    if (this.#stream !== void 0) {
      throw new LinkError("LINK_MISUSED", "A stream of requests is open already; one transfer at a time");
    }
    const write = (frame) => this.#run({ kind: "send", bytes: encodeFrame(frame, this.#options.format) });
    const stream = new RequestStream(command, this.#options, write, hear);
    this.#stream = stream;
    if (this.#state.kind === "closed") stream.end(this.#state.error);
    const close2 = () => {
      if (this.#stream === stream) this.#stream = void 0;
    };
    return { stream, close: close2 };
  }
  /** Any command, also a product's own. Error: LINK_QUEUE_FULL, and what the class says. */
  async ask(command, request, signal) {
    const { id, name, changesNothing } = command;
    const fields = command.encodeRequest(request);
    if (fields.length > this.mostFields || id < 1 || id >= EVENT_FIRST) {
      throw new LinkError("LINK_MISUSED", `The request ${name} does not fit into a frame of this protocol`, {
        facts: { command: id, length: fields.length, limit: this.mostFields }
      });
    }
    return command.decodeReply(await this.#enqueue({ command: id, name, fields, changesNothing }, signal));
  }
  /** Hears what the MCU sends unasked, until the returned function is called. */
  onEvent(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** Ends every request with LINK_CLOSED, then closes the port. May be called twice. */
  async close() {
    this.#closeWith(new LinkError("LINK_CLOSED", "The link to the MCU was closed by its owner"));
    await this.#port.close();
  }
  async #enqueue(request, signal) {
    signal?.throwIfAborted();
    if (this.#waiting.length >= this.#options.longestQueue) {
      throw new LinkError(
        "LINK_QUEUE_FULL",
        "Too many requests wait for the MCU; ask again when one is done",
        {
          facts: { command: request.name, limit: this.#options.longestQueue }
        }
      );
    }
    const { promise, resolve, reject } = withResolvers();
    const job = { request, signal, resolve, reject };
    const abort = () => this.#abandon(job, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.push(job);
    this.#startNext();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
  #startNext() {
    if (this.#current !== void 0) return;
    this.#waiting = this.#waiting.filter((job) => job.signal?.aborted !== true);
    this.#current = this.#waiting.shift();
    if (this.#current !== void 0) this.#input({ kind: "request", request: this.#current.request });
  }
  #abandon(job, reason) {
    if (job === this.#current) {
      this.#input({ kind: "cancel" });
      this.#finish()?.reject(reason);
      this.#startNext();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== job);
      job.reject(reason);
    }
  }
  #finish() {
    const job = this.#current;
    this.#current = void 0;
    return job;
  }
  #closeWith(error) {
    clearTimeout(this.#gapTimer);
    this.#input({ kind: "close", error });
    const stream = this.#stream;
    this.#stream = void 0;
    stream?.end(error);
  }
  #receive(bytes) {
    this.#take(this.#deframer.push(bytes, performance.now()));
  }
  #take(results) {
    for (const result of results) {
      if (result.kind === "frame") {
        this.#counters.framesReceived += 1;
        if (this.#stream?.take(result.frame) !== true) this.#input({ kind: "frame", frame: result.frame });
      } else {
        this.#counters.discardedBytes[result.reason] += result.bytes.length;
      }
    }
    clearTimeout(this.#gapTimer);
    if (!this.#deframer.pending || this.#state.kind === "closed") return;
    const judge = () => this.#take(this.#deframer.tick(performance.now()));
    this.#gapTimer = setTimeout(() => setImmediate(judge), this.#options.gapMs + 1);
  }
  #input(input) {
    const step = stepLink(this.#state, input, this.#options);
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
  }
  #run(effect) {
    switch (effect.kind) {
      case "send":
        this.#port.write(effect.bytes).catch((cause) => this.#closeWith(portLost(cause)));
        break;
      case "start-timer":
        clearTimeout(this.#requestTimer);
        this.#requestTimer = setTimeout(() => this.#input({ kind: "timeout" }), effect.ms);
        break;
      case "stop-timer":
        clearTimeout(this.#requestTimer);
        break;
      case "reply":
        this.#finish()?.resolve(effect.fields);
        this.#startNext();
        break;
      case "fail":
        this.#finish()?.reject(effect.error);
        this.#startNext();
        break;
      case "event":
        for (const listener of this.#listeners) listener(effect.event);
        break;
      case "count":
        this.#counters[effect.what] += 1;
        break;
    }
  }
};
function portLost(cause) {
  if (cause instanceof LinkError) return cause;
  return new LinkError("MCU_PORT", "The serial port to the MCU ended; open it again", { cause });
}
function withResolvers() {
  let resolve = () => void 0;
  let reject = () => void 0;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

// mcu-bridge/recording.ts
var MAGIC = "donabe-line 1";
var LONGEST_ROW = 2 * 32768 + 64;
var PARITIES = ["none", "even", "odd"];
function recordingHead(line) {
  const { format } = line;
  const settings = {
    baud: line.baudRate,
    parity: line.parity,
    crc: format.crc,
    "byte-order": format.byteOrder,
    "max-payload": format.maxPayload,
    numbered: line.numbered
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `${MAGIC} ${words.join(" ")}
`;
}
function recordingRow(piece) {
  return `${piece.atMs.toFixed(3)} ${piece.on} ${Buffer.from(piece.bytes).toString("hex")}
`;
}
var RecordingReader = class {
  #rest = "";
  #row = 0;
  #lastAt = 0;
  #line;
  /** The settings of the line; undefined until the head was read. */
  get line() {
    return this.#line;
  }
  push(text) {
    const rows = (this.#rest + text).split("\n");
    this.#rest = rows.pop() ?? "";
    if (this.#rest.length > LONGEST_ROW) throw this.#damaged("a row that does not end");
    const pieces = [];
    for (const row of rows) {
      this.#row += 1;
      if (this.#line === void 0) this.#line = this.#head(row);
      else pieces.push(this.#piece(row));
    }
    return pieces;
  }
  /** No more text. True: the recording ends inside a row, which was left out. */
  end() {
    if (this.#line === void 0) throw this.#damaged("it has no head");
    return this.#rest !== "";
  }
  #head(row) {
    if (!row.startsWith(`${MAGIC} `)) throw this.#damaged(`it does not begin with "${MAGIC}"`);
    const words = new Map(row.split(" ").map((word2) => word2.split("=", 2)));
    const word = (name, values) => {
      const value = values.find((one) => one === words.get(name));
      if (value === void 0) throw this.#damaged(`${name}=${words.get(name) ?? ""} in the head`);
      return value;
    };
    const crc = word("crc", Object.keys(CRC_VARIANTS));
    const baudRate = Number(words.get("baud"));
    const maxPayload = Number(words.get("max-payload"));
    if (!(baudRate > 0)) throw this.#damaged(`baud=${words.get("baud") ?? ""} in the head`);
    if (!(maxPayload >= LEAST_MAX_PAYLOAD && maxPayload <= MAX_PAYLOAD)) {
      throw this.#damaged(`max-payload=${words.get("max-payload") ?? ""} in the head`);
    }
    return {
      baudRate,
      parity: word("parity", PARITIES),
      format: { crc, byteOrder: word("byte-order", BYTE_ORDERS), maxPayload },
      numbered: word("numbered", ["true", "false"]) === "true"
    };
  }
  #piece(row) {
    const [, time = "", wire, digits = ""] = /^(\d{1,12}\.\d{3}) (board|mcu|line) ((?:[0-9a-f]{2})*)$/.exec(row) ?? [];
    if (wire !== "board" && wire !== "mcu" && wire !== "line") {
      throw this.#damaged('it is not "milliseconds wire bytes"');
    }
    const atMs = Number(time);
    if (atMs < this.#lastAt) throw this.#damaged("its time goes back");
    this.#lastAt = atMs;
    return { atMs, on: wire, bytes: Uint8Array.from(Buffer.from(digits, "hex")) };
  }
  #damaged(what) {
    const row = Math.max(1, this.#row);
    return new LinkError("MCU_RECORDING", `Row ${row} is no row of a recorded line: ${what}`, {
      facts: { row }
    });
  }
};

// mcu-bridge/transfer-machine.ts
var MARGIN_MS = 250;
var MOST_FRUITLESS = 8;
var FIRST_PAUSE_MS = 250;
var LONGEST_PAUSE_MS = 4e3;
var BUSY_PAUSE_MS = 250;
var MOST_BUSY = 240;
var TRANSFER_TRANSITIONS = {
  idle: { start, broken: fail },
  asking: { begun, located, done, refused, broken: fail },
  sending: { taken, "data-refused": dataRefused, timeout: locate, broken: fail },
  pausing: { timeout: resume, broken: fail },
  ended: {}
};
function stepTransfer(state, input, rules) {
  const action = TRANSFER_TRANSITIONS[state.kind][input.kind];
  return action === void 0 ? { state, effects: [] } : action(state, input, rules);
}
function start() {
  return ask("begin", { fruitless: 0, busy: 0, fresh: false });
}
function ask(question, tally, sending) {
  const state = { kind: "asking", question, tally, ...sending && { sending } };
  return { state, effects: [{ kind: "stop-timer" }, { kind: "ask", question }] };
}
function begun(state, input, rules) {
  const { offset } = input.terms;
  if (offset > rules.size) return fail(state, { error: beyond(offset, rules) });
  const terms = {
    ...input.terms,
    window: Math.min(input.terms.window, rules.mostWindow),
    mostBytes: Math.min(input.terms.mostBytes, rules.mostBytes)
  };
  const number = state.sending?.number ?? 0;
  const sending = { terms, acknowledged: offset, next: offset, inFlight: [], number };
  const tally = { ...state.tally, busy: 0, fresh: state.tally.fresh || offset === 0 };
  return send(sending, tally, rules, [{ kind: "progress", offset }]);
}
function located(state, input, rules) {
  const { state: mcu, offset, size, digest } = input.transfer;
  const same = size === rules.size && digest === rules.digest && (mcu === "receiving" || mcu === "verified");
  if (!same || state.sending === void 0) return ask("begin", state.tally, state.sending);
  const progress = offset > state.sending.acknowledged;
  const tally = progress ? { ...state.tally, fruitless: 0 } : state.tally;
  return send({ ...state.sending, acknowledged: offset, next: offset, inFlight: [] }, tally, rules);
}
function done(state) {
  if (state.question === "verify") return end2([{ kind: "finish" }]);
  return ask("begin", state.tally, state.sending);
}
function refused(state, input) {
  const { error } = input;
  const { tally, sending } = state;
  if (error.code === "MCU_BUSY") return waitWhileBusy(state.question, tally, sending, error);
  if (error.code === "MCU_SILENT") {
    const then = state.question === "verify" ? "query" : state.question;
    return pauseOrGiveUp(then, tally, sending, error);
  }
  if (error.facts["reason"] === "noTransfer" && state.question !== "begin") {
    return pauseOrGiveUp("begin", tally, sending, error);
  }
  if (error.facts["reason"] === "wrongDigest" && !tally.fresh) {
    return ask("abort", { ...tally, fresh: true }, sending);
  }
  return fail(state, { error });
}
function dataRefused(state, input) {
  const { error } = input;
  const { tally, sending } = state;
  if (error.code === "MCU_BUSY") return waitWhileBusy("query", tally, sending, error);
  if (error.facts["reason"] === "noTransfer") return pauseOrGiveUp("begin", tally, sending, error);
  return end2([{ kind: "stop-timer" }, { kind: "fail", error }]);
}
function taken(state, input, rules) {
  const { offset, number } = input;
  const { sending, tally } = state;
  const at = sending.inFlight.findIndex((frame) => number === void 0 || frame.number === number);
  const answered = sending.inFlight[at];
  if (answered === void 0) return { state, effects: [] };
  if (offset > rules.size) return fail(state, { error: beyond(offset, rules) });
  const inFlight = sending.inFlight.slice(at + 1);
  const grown = offset > sending.acknowledged;
  const counted = grown ? { ...tally, fruitless: 0, busy: 0 } : tally;
  if (answered.outdated || offset > answered.offset) {
    const acknowledged = Math.max(offset, sending.acknowledged);
    const next = Math.max(acknowledged, sending.next);
    const told = grown ? [{ kind: "progress", offset }] : [];
    return send({ ...sending, acknowledged, next, inFlight }, counted, rules, told);
  }
  if (counted.fruitless >= MOST_FRUITLESS) return giveUp(sending, counted);
  const missed = { ...counted, fruitless: counted.fruitless + 1 };
  const outdated = inFlight.map((frame) => ({ ...frame, outdated: true }));
  return send({ ...sending, acknowledged: offset, next: offset, inFlight: outdated }, missed, rules);
}
function send(from, tally, rules, before = []) {
  if (from.acknowledged === rules.size) {
    const step = ask("verify", { ...tally, busy: 0 }, { ...from, inFlight: [] });
    return { state: step.state, effects: [...before, ...step.effects] };
  }
  const effects = [...before];
  const { terms } = from;
  const inFlight = [...from.inFlight];
  let { next, number } = from;
  while (inFlight.length < terms.window && next < rules.size) {
    const length = Math.min(terms.mostBytes, rules.size - next);
    effects.push({ kind: "send", number, offset: next, length });
    inFlight.push({ number, offset: next, outdated: false });
    next += length;
    number = number + 1 & 255;
  }
  effects.push({ kind: "start-timer", ms: terms.answerMs + 2 * rules.frameMs + MARGIN_MS });
  return { state: { kind: "sending", tally, sending: { ...from, next, number, inFlight } }, effects };
}
function locate(state) {
  const { sending, tally } = state;
  if (tally.fruitless >= MOST_FRUITLESS) return giveUp(sending, tally);
  return ask("query", { ...tally, fruitless: tally.fruitless + 1 }, sending);
}
function giveUp(sending, tally) {
  const offset = sending.acknowledged;
  const message = `The MCU answers, but takes no data from offset ${offset} on; check the line for lost bytes`;
  const error = new LinkError("MCU_SILENT", message, { facts: { offset, rounds: tally.fruitless } });
  return end2([{ kind: "stop-timer" }, { kind: "fail", error }]);
}
function waitWhileBusy(then, tally, sending, error) {
  if (tally.busy >= MOST_BUSY) return end2([{ kind: "stop-timer" }, { kind: "fail", error }]);
  return pause(then, { ...tally, busy: tally.busy + 1 }, sending, BUSY_PAUSE_MS);
}
function pauseOrGiveUp(then, tally, sending, error) {
  if (tally.fruitless >= MOST_FRUITLESS) return end2([{ kind: "stop-timer" }, { kind: "fail", error }]);
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** tally.fruitless, LONGEST_PAUSE_MS);
  return pause(then, { ...tally, fruitless: tally.fruitless + 1 }, sending, ms);
}
function pause(then, tally, sending, ms) {
  const state = { kind: "pausing", then, tally, ...sending && { sending } };
  return { state, effects: [{ kind: "start-timer", ms }] };
}
function resume(state) {
  return ask(state.then, state.tally, state.sending);
}
function fail(_state, input) {
  return end2([{ kind: "stop-timer" }, { kind: "fail", error: input.error }]);
}
function end2(effects) {
  return { state: { kind: "ended" }, effects };
}
function beyond(offset, rules) {
  const message = `The MCU is at offset ${offset} of a firmware of ${rules.size} bytes; check which firmware it runs`;
  return new LinkError("MCU_REPLY_MALFORMED", message, { facts: { offset, size: rules.size } });
}

// mcu-bridge/transfer.ts
var LONGEST_BURST_MS = 600;
var BITS_PER_BYTE = 10;
var MOST_WINDOW = 32;
function transferFirmware(link, firmware, options = {}) {
  return new Transfer(link, firmware, options).run();
}
var Transfer = class {
  #link;
  #firmware;
  #options;
  #rules;
  #ended = new AbortController();
  #state = { kind: "idle" };
  #timer;
  #stream;
  /** Reads and sends happen one after the other, in the machine's order. */
  #sending = Promise.resolve();
  #startedAt;
  #sentBytes = 0;
  #settle;
  constructor(link, firmware, options) {
    this.#link = link;
    this.#firmware = firmware;
    this.#options = options;
    this.#rules = rulesFor(link, firmware, options);
  }
  async run() {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const started = performance.now();
    const abort = () => this.#input({ kind: "broken", error: signal?.reason });
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#stream = this.#link.openStream(DATA, (answer) => {
          if (answer.kind === "ended") this.#input({ kind: "broken", error: answer.error });
          else if (answer.kind === "refused") this.#input({ kind: "data-refused", error: answer.error });
          else this.#take(answer.number, answer.fields);
        });
        this.#input({ kind: "start" });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      clearTimeout(this.#timer);
      this.#stream?.close();
      this.#ended.abort();
    }
    const startedAt = this.#startedAt ?? 0;
    return { startedAt, sentBytes: this.#sentBytes, milliseconds: performance.now() - started };
  }
  #take(number, fields) {
    try {
      this.#input({ kind: "taken", number, offset: DATA.decodeReply(fields) });
    } catch (error) {
      this.#input({ kind: "broken", error });
    }
  }
  #input(input) {
    const step = stepTransfer(this.#state, input, this.#rules);
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
  }
  #run(effect) {
    switch (effect.kind) {
      case "ask":
        this.#ask(effect.question).catch((error) => failed(error)).then((input) => this.#input(input)).catch((error) => this.#input({ kind: "broken", error }));
        break;
      case "send":
        this.#sending = this.#sending.then(() => this.#send(effect.number, effect.offset, effect.length)).catch((error) => this.#input({ kind: "broken", error }));
        break;
      case "start-timer":
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#input({ kind: "timeout" }), effect.ms);
        break;
      case "stop-timer":
        clearTimeout(this.#timer);
        break;
      case "progress":
        this.#startedAt ??= effect.offset;
        this.#options.onProgress?.(effect.offset);
        break;
      case "finish":
        this.#settle?.resolve();
        break;
      case "fail":
        this.#settle?.reject(effect.error);
        break;
    }
  }
  async #ask(question) {
    const { signal } = this.#ended;
    const { size, version, digest } = this.#firmware;
    switch (question) {
      case "begin": {
        const restore = this.#options.restore ?? false;
        const terms = await this.#link.ask(BEGIN, { size, version, restore, digest }, signal);
        return { kind: "begun", terms };
      }
      case "query":
        return { kind: "located", transfer: await this.#link.ask(QUERY, void 0, signal) };
      case "verify":
        await this.#link.ask(VERIFY, void 0, signal);
        return { kind: "done" };
      case "abort":
        await this.#link.ask(ABORT, void 0, signal);
        return { kind: "done" };
    }
  }
  async #send(number, offset, length) {
    if (this.#state.kind === "ended") return;
    const bytes = await this.#firmware.read(offset, length);
    if (bytes.length !== length) {
      throw new LinkError("LINK_MISUSED", "The firmware gave another number of bytes than it was asked for", {
        facts: { offset, length, given: bytes.length }
      });
    }
    this.#sentBytes += length;
    this.#stream?.stream.send(number, DATA.encodeRequest({ offset, bytes }));
  }
};
function failed(error) {
  return error instanceof LinkError ? { kind: "refused", error } : { kind: "broken", error };
}
function rulesFor(link, firmware, options) {
  const mostBytes = Math.min(MOST_DATA, link.mostFields - DATA_OFFSET_BYTES);
  const baudRate = options.baudRate ?? SERIAL_DEFAULTS.baudRate;
  const frameMs = 1e3 * BITS_PER_BYTE * MAX_FRAME / baudRate;
  const inTime = Math.floor(LONGEST_BURST_MS / frameMs);
  const mostWindow = link.numbered ? Math.min(options.mostWindow ?? MOST_WINDOW, MOST_WINDOW, inTime) : 1;
  const digest = shortDigest(firmware.digest);
  return { size: firmware.size, digest, mostBytes, mostWindow: Math.max(1, mostWindow), frameMs };
}

export {
  LINK_ERRORS,
  LinkError,
  SERIAL_DEFAULTS,
  openSerialPort,
  PROTOCOL_VERSION,
  COMMAND,
  REPLY_BIT,
  ERROR_REPLY,
  EVENT_FIRST,
  EVENT_LAST,
  EVENT,
  REFUSAL,
  MODE,
  MODE_CLASS,
  CLASS_OF_MODE,
  NO_REASON,
  nameOf,
  CRC_VARIANTS,
  crc16,
  crcCheckValue,
  crc16OfAddon,
  SOH,
  LEAST_MAX_PAYLOAD,
  MAX_PAYLOAD,
  FRAME_OVERHEAD,
  MAX_FRAME,
  BYTE_ORDERS,
  FRAME_FORMAT,
  NEED_MORE,
  encodeFrame,
  decodeFrame,
  FRAME_GAP_MS,
  Deframer,
  FieldReader,
  FieldWriter,
  PING,
  VERSION,
  STATUS,
  MAY_REBOOT,
  MAY_FLASH,
  PREPARE_REBOOT,
  MOST_DATA,
  TRANSFER_STATE,
  BEGIN,
  DATA,
  QUERY,
  VERIFY,
  ACTIVATE,
  ACCEPT,
  DISCARD_OLD,
  ABORT,
  shortDigest,
  explainFrame,
  INSPECTOR_DEFAULTS,
  Inspector,
  TRANSITIONS,
  startLink,
  stepLink,
  RequestStream,
  LINK_DEFAULTS,
  EXPECTED_REBOOT_SECONDS,
  TRIAL_SECONDS,
  McuLink,
  recordingHead,
  recordingRow,
  RecordingReader,
  TRANSFER_TRANSITIONS,
  stepTransfer,
  transferFirmware
};
