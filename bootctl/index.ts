/**
 * Boot control, usable alone: codecs, backends, the truth table of the boot decision. It knows nothing of
 * releases, stores, seals, networks or microcontrollers, and imports no other room.
 */

export { readBootParams } from './adapters/boot-params-reader.ts';
export type { EnvSystem } from './adapters/env-places.ts';
export { openEnvMedium } from './adapters/env-places.ts';
export { openFileRegion } from './adapters/file-region.ts';
export type { BootedSlotClues } from './adapters/find-booted-slot.ts';
export { findBootedSlot } from './adapters/find-booted-slot.ts';
export { ReplacedFile } from './adapters/replaced-file.ts';
export { TOOL_LOCKS, underLocks } from './adapters/tool-locks.ts';
export { COMMAND_LIMIT_MS, VendorProcess } from './adapters/vendor-process.ts';
export type { AndroidBlock, BlockFault, DecodedBlock, MergeStatus, SlotInfo } from './android-block.ts';
export {
  decodeAndroidBlock,
  encodeAndroidBlock,
  MERGE_STATUSES,
  mergeStatusOf,
  newAndroidBlock,
  UNUSED_SLOT,
} from './android-block.ts';
export type { AndroidMiscLayout } from './android-misc.ts';
export { ANDROID_BACKUP_OFFSET, ANDROID_MAIN_OFFSET, AndroidMisc, SECTOR_BYTES } from './android-misc.ts';
export type {
  BackendAbilities,
  BootControlBackend,
  BootState,
  CopyHealth,
  ScrubReport,
  SlotName,
  SlotState,
} from './backend.ts';
export { otherSlot, SLOT_NAMES } from './backend.ts';
export type { BackendName, BackendOptions, OpenBackend } from './backends.ts';
export { BACKENDS, countingNamed, openBackend } from './backends.ts';
export type { BootDecision, CopyFinding, DecidingCopy } from './boot-decision.ts';
export { CANDIDATE_TABLE, COPY_TABLE, decideBoot, defaultBlock, RANKING } from './boot-decision.ts';
export type { BootNames } from './boot-names.ts';
export { DEFAULT_BOOT_NAMES } from './boot-names.ts';
export type { BootMode, BootParams } from './boot-params.ts';
export {
  BOOT_MODES,
  BOOT_PARAMS_BYTES,
  BOOT_PARAMS_VERSION,
  decodeBootParams,
  encodeBootParams,
} from './boot-params.ts';
export type { SlotStatement } from './booted-slot.ts';
export { agreedSlot, bootedSlotFrom, rootDevice, slotStatements } from './booted-slot.ts';
export { dumpBootControl } from './dump.ts';
export type { EnvCopy, EnvMedium } from './env-medium.ts';
export type { BootControlErrorCode, BootControlFacts } from './error.ts';
export { BOOT_CONTROL_ERRORS, BootControlError } from './error.ts';
export type { EnvPlace, FwEnvConfig } from './fw-env-config.ts';
export { parseFwEnvConfig } from './fw-env-config.ts';
export type { DecodedGrubBlock, GrubBlock, GrubLine } from './grub-block.ts';
export {
  decodeGrubBlock,
  encodeGrubBlock,
  GRUB_BLOCK_BYTES,
  grubVariable,
  newGrubBlock,
  withGrubVariable,
} from './grub-block.ts';
export type { Counting, GrubBootDecision } from './grub-decision.ts';
export { decideGrubBoot, grubOfOrder, orderOfGrub } from './grub-decision.ts';
export type { GrubEnvOptions } from './grub-env.ts';
export { GrubEnv } from './grub-env.ts';
export type { OrderRecord, OrderRules } from './order-record.ts';
export type { Region } from './region.ts';
export type { VendorCommand } from './script.ts';
export { ScriptBackend } from './script.ts';
export type { UbootCounting, UbootDecision, UbootRules } from './uboot-decision.ts';
export { decideUbootBoot, envOfOrder, orderOfEnv, UBOOT_MOST_TRIES } from './uboot-decision.ts';
export type { UbootEnvOptions } from './uboot-env.ts';
export { UbootEnv } from './uboot-env.ts';
export type { DecodedEnv, EnvBlock, EnvLayout, FlagScheme, FlagSchemeName } from './uboot-env-block.ts';
export {
  countingCopy,
  decodeEnv,
  encodeEnv,
  envVariable,
  FLAG_SCHEMES,
  withEnvVariables,
} from './uboot-env-block.ts';
export type { WholeFile } from './whole-file.ts';
