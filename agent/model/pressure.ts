/** Linux pressure stall information, as text -> number. Pure; the kernel's Documentation/accounting/psi.rst has the format. */

const SOME_AVG10 = /^some avg10=(\d{1,3}\.\d{2}) /m;

/**
 * Share of the last 10 s in which some task waited for I/O, in per cent, 0..100. Undefined when the text is no
 * pressure file.
 */
export function parsePressure(text: string): number | undefined {
  const [, share] = SOME_AVG10.exec(text) ?? [];
  return share === undefined || Number(share) > 100 ? undefined : Number(share);
}
