/**
 * Everything that one walk works with: the ports, and plain facts about this device. Built by `open-device.ts` on a
 * real board and by `fixtures/` for tests; the walk takes it as its one parameter and injects nothing else.
 */
import type { BootMode } from '../bootctl/index.ts';
import type { ReleaseInfo } from '../format/index.ts';
import type { Deadline } from './deadline.ts';
import type { AgentError } from './errors.ts';
import type { Reporter } from './events.ts';
import type { PairKeeper } from './model/mcu-pair.ts';
import type { DeviceProfile, TrustedKeys } from './model/verified-manifest.ts';
import type {
  BootControl,
  Clock,
  DataSnapshots,
  GateSet,
  HealthCheck,
  Hold,
  Mcu,
  OwnFirmware,
  Rebooter,
  RemoteHeating,
  SlotName,
  Slots,
  Store,
  Vault,
} from './ports.ts';

/** Numbers and choices that the configuration may set; each key's reason stands in agent/README.md. */
export interface Policy {
  /** Tries that an activated slot gets. */
  readonly tries: number;
  /** A trial that is not marked good this long after the kernel booted goes back (rule 7). */
  readonly confirmDeadlineMs: number;
  /** A checkpoint is made after this many bytes or this much time, whichever is first. */
  readonly checkpointBytes: number;
  readonly checkpointMs: number;
  /** Bytes that one release identity may cost; undefined: 1.2 times its smallest complete way plus 5 MiB. */
  readonly byteBudget: number | undefined;
  /** The line costs by the byte: falls of a delta are held to the smallest way. */
  readonly metered: boolean;
  /** Pause between two looks at an MCU that holds a reboot back. */
  readonly interlockPollMs: number;
}

/** The part of a device that judging a release needs: nothing of it writes. */
export type Judge = Pick<
  Device,
  'booted' | 'bootControl' | 'clock' | 'keys' | 'profile' | 'release' | 'vault'
> & {
  readonly store: Pick<Store, 'fact' | 'failures'>;
};

export interface Device {
  readonly id: string;
  readonly booted: SlotName;
  /** This kernel boot's random id. */
  readonly bootId: string;
  /** What the boot loader's parameter page says; normal where there is none. */
  readonly bootMode: BootMode;
  readonly profile: DeviceProfile;
  readonly release: ReleaseInfo;
  /** Read afresh from the booted image: a folder that holds no usable key is an error of the reader. */
  readonly keys: () => Promise<TrustedKeys>;
  /** Whose channels are believed; undefined: no channel is asked for. */
  readonly channelKeys: (() => Promise<TrustedKeys>) | undefined;
  readonly policy: Policy;

  readonly bootControl: BootControl;
  readonly slots: Slots;
  readonly store: Store;
  /** The store on the data partition could not be opened: `store` lives in memory and no new walk begins. */
  readonly storeFault: AgentError | undefined;
  readonly vault: Vault;
  /** What the vendor lists of its own data. */
  readonly data: DataSnapshots;
  /** Undefined for products without one. */
  readonly mcu: Mcu | undefined;
  /** What the booted image carries for the MCU; undefined when its release-info names none. */
  readonly firmware: OwnFirmware | undefined;
  readonly remoteHeating: RemoteHeating;
  /** When the MCU could last not be brought to that firmware. */
  readonly pair: PairKeeper;
  readonly deadline: Deadline;
  /** Who may pause the download. */
  readonly holds: readonly Hold[];
  /** What may hold an update back, before the download and before the flip. */
  readonly gates: GateSet;
  readonly health: readonly HealthCheck[];
  readonly rebooter: Rebooter;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** A number from 0 up to and without 1, for jitter. */
  readonly random: () => number;
}
