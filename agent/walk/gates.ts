/**
 * Step 7, gates: may the release be fetched, may it be activated now? The gates first, as long as they hold; then
 * the interlock, which is no gate and cannot be passed.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';
import type { GateStage, GateVerdict, RollOut } from '../model/gates/answer.ts';
import { CONSENT, TIME_WINDOW } from '../model/gates/built-in.ts';
import type { RebootPurpose } from '../model/interlock.ts';
import type { VerifiedManifest } from '../model/verified-manifest.ts';
import { askAtCooker, hasConsented } from './ask-consent.ts';
import { askGates } from './ask-gates.ts';
import { type GatedRelease, noteUnsynchronised } from './gate-context.ts';
import { awaitInterlock, type Opened, type StillShut } from './interlock.ts';
import { Stopped } from './stopped.ts';

/** Pause between two looks, ms: a board cools and a window opens within minutes. */
export const GATE_LOOK_MS = 60_000;

/** What a person who started the walk has decided, and for how long a gate may hold it in place. */
export interface GatePassage {
  readonly consented: boolean;
  /** `install --force` passes every gate, never the interlock. */
  readonly forced: boolean;
  /** Then the walk ends, so that the source is asked again, ms; undefined: however long it takes. */
  readonly gatePatienceMs?: number;
}

/** What the source's channel says; undefined: everybody is meant. */
export type RollOutLook = () => Promise<RollOut | undefined>;

/** What the interlock is called where a gate's name is shown. It is none: nobody passes it. */
const INTERLOCK = 'interlock';

/** Why the walk ends here. What was fetched stays: the next walk goes on from it. */
export type Held = Extract<GateVerdict, { readonly kind: 'held' }>;

export type GatesPassed =
  | { readonly open: true; readonly interlock: Opened | undefined }
  | { readonly open: false; readonly held: Held };

/** Who is asked at a place of the walk: as GateContext says, and by what the channel says now. */
interface Asked {
  readonly stage: GateStage;
  readonly rollOut: RollOut | undefined;
}

/** `held`: the gate that still holds. `waited`: time has passed, and what was known before it may not hold any more. */
export interface GatesAsked {
  readonly held: Held | undefined;
  readonly waited: boolean;
}

/**
 * Returns when every gate is open, or with the one that holds: consent at once, another one when the patience is
 * used up. Errors: GATE_DENIED; Stopped.
 */
export async function awaitGates(
  device: Device,
  { manifest, identity }: VerifiedManifest,
  how: GatePassage,
  { stage, rollOut }: Asked,
  signal: AbortSignal,
): Promise<GatesAsked> {
  const { clock, reporter } = device;
  const since = clock.monotonic();
  const release = gatedRelease({ manifest, identity });
  let held: Held | undefined;
  while (!how.forced) {
    const consented = how.consented || hasConsented(device, identity);
    const moment = { stage, consented, heldBy: held?.gate, rollOut };
    const verdict = await askGates(device, release, moment, signal);
    if (verdict.kind === 'denied') {
      throw new AgentError(
        'GATE_DENIED',
        `Gate ${verdict.gate} denies ${release.version}: ${verdict.reason}.`,
        {
          facts: { gate: verdict.gate, version: release.version },
        },
      );
    }
    if (verdict.kind === 'open') break;
    if (held?.gate !== verdict.gate) {
      reporter.happened('gate-holds', `Gate ${verdict.gate} holds the update: ${verdict.reason}.`, {
        gate: verdict.gate,
      });
    }
    held = verdict;
    const patience = (how.gatePatienceMs ?? Number.POSITIVE_INFINITY) - (clock.monotonic() - since);
    if (verdict.gate === CONSENT && (await askAtCooker(device, release, signal))) continue;
    if (verdict.gate === CONSENT || patience <= 0) return { held: verdict, waited: true };
    reporter.progress('waiting', { status: 'waiting', reason: `${verdict.gate}: ${verdict.reason}` });
    await lookAgain(device, identity, verdict, patience, signal);
  }
  if (held !== undefined) reporter.happened('gates-opened', `No gate holds ${release.version} any more.`);
  return { held: undefined, waited: held !== undefined };
}

/**
 * Gates and interlock, both open at the same time, by what the source says now: `look` is asked first, and again
 * after everything that had to be waited for. Errors: GATE_DENIED; those of `look`; Stopped.
 */
export async function awaitGatesAndInterlock(
  device: Device,
  release: VerifiedManifest,
  how: GatePassage,
  look: RollOutLook,
  signal: AbortSignal,
): Promise<GatesPassed> {
  const { clock } = device;
  // With `next-boot` everything runs on, and the user's own next power-on boots the new slot: only those gates are
  // asked that say whether, not those that say when.
  const isQuiet = release.manifest.apply === 'next-boot';
  const stage = isQuiet ? 'fetch' : 'activate';
  // A silence that was waited out goes on: a second look must not begin it anew. While a gate held nobody listened:
  // that time is none.
  let lastHeard: number | undefined;
  for (;;) {
    const rollOut = await look();
    const { held, waited } = await awaitGates(device, release, how, { stage, rollOut }, signal);
    if (held !== undefined) return { open: false, held };
    if (waited) continue;
    if (isQuiet) return { open: true, interlock: undefined };
    const asked = clock.monotonic();
    // A person's source may be a stick that is in for this one walk.
    const patience = how.consented || how.forced ? undefined : how.gatePatienceMs;
    const interlock = await awaitInterlock(
      device,
      purposeOf(how),
      signal,
      lastHeard,
      patience ?? Number.POSITIVE_INFINITY,
    );
    if ('reason' in interlock) return { open: false, held: shut(interlock) };
    lastHeard = interlock.mcu === 'silent' ? interlock.lastHeard : undefined;
    // A programme may have cooked on past the end of the window, or beyond what the source offers.
    if (clock.monotonic() - asked < GATE_LOOK_MS) return { open: true, interlock };
  }
}

function shut({ reason }: StillShut): Held {
  return { kind: 'held', gate: INTERLOCK, reason, until: undefined };
}

/** A technician's `--force` reboots beside a silent MCU; one that cooks it waits for like everybody else. */
export function purposeOf({ forced }: { readonly forced: boolean }): RebootPurpose {
  return forced ? 'forced' : 'update';
}

/** Each look that finds the clock unset is noted: a week of power has to survive the power cuts in it. */
async function lookAgain(
  device: Device,
  identity: string,
  { gate, until }: Held,
  patience: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = device;
  const before = clock.monotonic();
  const untilThen = until === undefined ? GATE_LOOK_MS : Math.max(until - clock.now(), 1);
  await clock.sleep(Math.min(GATE_LOOK_MS, untilThen, patience), signal);
  if (signal.aborted) throw new Stopped(signal.reason);
  if (gate === TIME_WINDOW && !clock.synchronised()) {
    noteUnsynchronised(device, identity, clock.monotonic() - before);
  }
}

/** What of a release gates are told. */
export function gatedRelease({
  manifest,
  identity,
}: Pick<VerifiedManifest, 'manifest' | 'identity'>): GatedRelease {
  const { version, sequence, securityVersion, channel, severity, apply } = manifest;
  return { identity, version, sequence, securityVersion, channel, severity, apply };
}
