/**
 * The deliberate faults: what a tired engineer might really do to a safety rule. The runner puts in one at a
 * time; a test has to fail. A fault that survives means that a test is missing, never that the row has to go.
 *
 * @typedef {object} Mutation
 * @property {number} rule    number of the safety rule
 * @property {string} name    the fault in words; unique
 * @property {string} file    where it is put in
 * @property {string} find    exact text, which occurs in the file once
 * @property {string} replace what stands there instead
 * @property {string[]} tests what Vitest is given: the narrowest files that have to find it
 */
import { BOOT_LOADERS } from './boot-loaders.mjs';
import { EVIDENCE } from './evidence.mjs';
import { FIRST_RULES } from './rules-1-to-5.mjs';
import { LATER_RULES } from './rules-6-to-17.mjs';
import { MCU_RULES } from './rules-8-and-9.mjs';
import { TRUST_AND_DATA } from './trust-and-data.mjs';

/** Rules that must have at least one mutation; the others bring theirs when they are finished. */
export const RULES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];

/** @type {readonly Mutation[]} */
export const MUTATIONS = [
  ...FIRST_RULES,
  ...LATER_RULES,
  ...MCU_RULES,
  ...BOOT_LOADERS,
  ...EVIDENCE,
  ...TRUST_AND_DATA,
];
