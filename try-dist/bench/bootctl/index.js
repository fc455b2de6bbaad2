/**
 * Boot control, usable alone: codecs, backends, the truth table of the boot decision. It knows nothing of
 * releases, stores, seals, networks or microcontrollers, and imports no other room.
 */
export { readBootParams } from './adapters/boot-params-reader.js';
export { openEnvMedium } from './adapters/env-places.js';
export { openFileRegion } from './adapters/file-region.js';
export { findBootedSlot } from './adapters/find-booted-slot.js';
export { ReplacedFile } from './adapters/replaced-file.js';
export { TOOL_LOCKS, underLocks } from './adapters/tool-locks.js';
export { COMMAND_LIMIT_MS, VendorProcess } from './adapters/vendor-process.js';
export { decodeAndroidBlock, encodeAndroidBlock, MERGE_STATUSES, mergeStatusOf, newAndroidBlock, UNUSED_SLOT, } from './android-block.js';
export { ANDROID_BACKUP_OFFSET, ANDROID_MAIN_OFFSET, AndroidMisc, SECTOR_BYTES } from './android-misc.js';
export { otherSlot, SLOT_NAMES } from './backend.js';
export { BACKENDS, countingNamed, openBackend } from './backends.js';
export { CANDIDATE_TABLE, COPY_TABLE, decideBoot, defaultBlock, RANKING } from './boot-decision.js';
export { DEFAULT_BOOT_NAMES } from './boot-names.js';
export { BOOT_MODES, BOOT_PARAMS_BYTES, BOOT_PARAMS_VERSION, decodeBootParams, encodeBootParams, } from './boot-params.js';
export { agreedSlot, bootedSlotFrom, rootDevice, slotStatements } from './booted-slot.js';
export { BOOT_CONTROL_ERRORS, BootControlError } from './error.js';
export { parseFwEnvConfig } from './fw-env-config.js';
export { decodeGrubBlock, encodeGrubBlock, GRUB_BLOCK_BYTES, grubVariable, newGrubBlock, withGrubVariable, } from './grub-block.js';
export { decideGrubBoot, grubOfOrder, orderOfGrub } from './grub-decision.js';
export { GrubEnv } from './grub-env.js';
export { ScriptBackend } from './script.js';
export { decideUbootBoot, envOfOrder, orderOfEnv, UBOOT_MOST_TRIES } from './uboot-decision.js';
export { UbootEnv } from './uboot-env.js';
export { countingCopy, decodeEnv, encodeEnv, envVariable, FLAG_SCHEMES, withEnvVariables, } from './uboot-env-block.js';
