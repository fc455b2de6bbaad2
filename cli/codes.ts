/** Error codes that only the command itself has; those of the rooms stand with them. README.md prints this table. */
export const COMMAND_CODES = {
  DOCTOR_FAILED: 'a check of donabe doctor or donabe boot doctor failed; each has its remedy',
  INTERNAL: 'a fault that nobody foresaw, with its stack: report it',
  LINK_PLACE_TAKEN: 'what stands at the path of mcu simulate --link is no symbolic link',
  NOT_WANTED: 'the question before a deed was answered with no, or not at all; nothing was done',
  RELEASE_ROOM_MISSING: 'donabe release is no part of the package for devices; it runs on a build host',
  SIMULATOR_MISSING: 'mcu simulate is no part of the package for devices; it runs from the project',
} as const;

export type CommandCode = keyof typeof COMMAND_CODES;
