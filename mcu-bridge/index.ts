/** The link to the microcontroller, usable without the rest of Donabe. README.md says what is where. */
export {
  type LineParity,
  openSerialPort,
  SERIAL_DEFAULTS,
  type SerialSettings,
} from './adapters/serial-port.ts';
export { CONSENT_POLL_MS, type ConsentAnswer } from './ask-consent.ts';
export {
  CLASS_OF_MODE,
  COMMAND,
  CORE_LAST,
  ERROR_REPLY,
  EVENT,
  EVENT_FIRST,
  EVENT_LAST,
  KEY,
  MODE,
  MODE_CLASS,
  type ModeClass,
  type ModeName,
  NO_REASON,
  nameOf,
  PROTOCOL_VERSION,
  REFUSAL,
  REPLY_BIT,
} from './commands.ts';
export {
  CONSENT,
  CONSENT_STATE,
  type ConsentOrder,
  type ConsentState,
  HIDE_CONSENT,
  type McuConsent,
  MOST_CONSENT_CODE,
  SHOW_CONSENT,
} from './consent.ts';
export {
  CRC_VARIANTS,
  type CrcParameters,
  type CrcVariant,
  crc16,
  crc16OfAddon,
  crcCheckValue,
} from './crc16.ts';
export { type Deframed, Deframer, type DiscardReason, FRAME_GAP_MS } from './deframer.ts';
export { LINK_ERRORS, LinkError, type LinkErrorCode, type LinkFacts } from './error.ts';
export {
  decodeEvent,
  type EventMeaning,
  type EventToSend,
  encodeEvent,
  type FaultChanged,
  type KeyPressed,
  type McuEvent,
  type ModeChanged,
  type UnknownEvent,
} from './events.ts';
export { FieldReader, FieldWriter } from './fields.ts';
export {
  BYTE_ORDERS,
  type ByteOrder,
  type Decoded,
  decodeFrame,
  encodeFrame,
  FRAME_FORMAT,
  FRAME_OVERHEAD,
  type Frame,
  type FrameFault,
  type FrameFormat,
  LEAST_MAX_PAYLOAD,
  MAX_FRAME,
  MAX_PAYLOAD,
  NEED_MORE,
  SOH,
} from './frame.ts';
export {
  type HeardOn,
  INSPECTOR_DEFAULTS,
  Inspector,
  type InspectorOptions,
  type LineStatistics,
  type TracedDiscard,
  type TracedFrame,
  type TraceEntry,
} from './inspector.ts';
export { McuLink } from './link.ts';
export {
  type EventFrame,
  type LinkEffect,
  type LinkInput,
  type LinkRequest,
  type LinkRules,
  type LinkState,
  type LinkStep,
  startLink,
  stepLink,
  TRANSITIONS,
} from './link-machine.ts';
export {
  EXPECTED_REBOOT_SECONDS,
  LINK_DEFAULTS,
  type LinkCounters,
  type LinkOptions,
  TRIAL_SECONDS,
} from './link-options.ts';
export { type Command, MAY_FLASH, MAY_REBOOT, PING, PREPARE_REBOOT, STATUS, VERSION } from './messages.ts';
export type { McuPermission } from './permission.ts';
export type { BytePort } from './port.ts';
export {
  type RecordedLine,
  type RecordedPiece,
  RecordingReader,
  recordingHead,
  recordingRow,
} from './recording.ts';
export type { McuStatus } from './status.ts';
export { RequestStream, type StreamAnswer } from './stream.ts';
export { explainFrame, type FrameMeaning, type LineSide } from './trace.ts';
export { type Firmware, type TransferOptions, type TransferReport, transferFirmware } from './transfer.ts';
export {
  stepTransfer,
  TRANSFER_TRANSITIONS,
  type TransferEffect,
  type TransferInput,
  type TransferMachineState,
  type TransferRules,
  type TransferStep,
} from './transfer-machine.ts';
export {
  ABORT,
  ACCEPT,
  ACTIVATE,
  BEGIN,
  DATA,
  DISCARD_OLD,
  type McuTransfer,
  MOST_DATA,
  QUERY,
  shortDigest,
  TRANSFER_STATE,
  type TransferBegin,
  type TransferState,
  type TransferTerms,
  type TrialOrder,
  VERIFY,
} from './transfer-messages.ts';
export type { McuVersion } from './version.ts';
