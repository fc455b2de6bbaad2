/** The link to the microcontroller, usable without the rest of Donabe. README.md says what is where. */
export { openSerialPort, SERIAL_DEFAULTS, } from './adapters/serial-port.js';
export { CLASS_OF_MODE, COMMAND, ERROR_REPLY, EVENT, EVENT_FIRST, EVENT_LAST, MODE, MODE_CLASS, NO_REASON, nameOf, PROTOCOL_VERSION, REFUSAL, REPLY_BIT, } from './commands.js';
export { CRC_VARIANTS, crc16, crc16OfAddon, crcCheckValue, } from './crc16.js';
export { Deframer, FRAME_GAP_MS } from './deframer.js';
export { LINK_ERRORS, LinkError } from './error.js';
export { FieldReader, FieldWriter } from './fields.js';
export { BYTE_ORDERS, decodeFrame, encodeFrame, FRAME_FORMAT, FRAME_OVERHEAD, LEAST_MAX_PAYLOAD, MAX_FRAME, MAX_PAYLOAD, NEED_MORE, SOH, } from './frame.js';
export { INSPECTOR_DEFAULTS, Inspector, } from './inspector.js';
export { EXPECTED_REBOOT_SECONDS, LINK_DEFAULTS, McuLink, TRIAL_SECONDS, } from './link.js';
export { startLink, stepLink, TRANSITIONS, } from './link-machine.js';
export { MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.js';
export { RecordingReader, recordingHead, recordingRow, } from './recording.js';
export { RequestStream } from './stream.js';
export { explainFrame } from './trace.js';
export { transferFirmware } from './transfer.js';
export { stepTransfer, TRANSFER_TRANSITIONS, } from './transfer-machine.js';
export { ABORT, ACCEPT, ACTIVATE, BEGIN, DATA, DISCARD_OLD, MOST_DATA, QUERY, shortDigest, TRANSFER_STATE, VERIFY, } from './transfer-messages.js';
