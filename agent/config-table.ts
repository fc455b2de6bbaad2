/**
 * Every key of the configuration: type, default, unit, range and reason. `config.ts` reads by this table and
 * `agent/README.md` prints it; a test keeps both in step. Slots and health checks are tables of their own.
 */
import {
  BYTE_ORDERS,
  CRC_VARIANTS,
  type CrcVariant,
  LEAST_MAX_PAYLOAD,
  MAX_PAYLOAD,
} from '../mcu-bridge/index.ts';
import { DATA_ROWS } from './config-data.ts';
import { EVIDENCE_ROWS } from './config-evidence.ts';
import { GATE_ROWS } from './config-gates.ts';
import { MEDIA_ROWS } from './config-media.ts';
import { REPORT_ROWS } from './config-report.ts';
import type { ConfigRow } from './config-row.ts';
import { TELLING_ROWS } from './config-telling.ts';

export const CONFIG_TABLE = {
  'device.compatible': {
    type: 'text',
    default: undefined,
    why: 'product and board; compared exactly with the manifest',
  },
  'device.id': { type: 'text', default: '', why: 'name in events; empty: derived from the machine id' },
  'device.channel': { type: 'text', default: 'stable', why: 'pre-releases are taken from this channel only' },
  'paths.data': {
    type: 'text',
    default: '/var/lib/donabe',
    why: 'folder of the store, on the data partition',
  },
  'paths.run': { type: 'text', default: '/run/donabe', why: 'lock, heartbeat and status: gone at each boot' },
  'paths.vault': {
    type: 'list',
    default: undefined,
    least: 2,
    most: 2,
    why: 'the two copies of the vault, 16 KiB each, outside the data partition',
  },
  'paths.keys': {
    type: 'text',
    default: '/etc/donabe/keys.d',
    why: 'trusted keys, part of the read-only system image',
  },
  'paths.release-info': {
    type: 'text',
    default: '/usr/lib/donabe/release-info.json',
    why: 'names the release of the booted image',
  },
  'paths.mcu-firmware': {
    type: 'text',
    default: '/usr/lib/donabe/mcu-firmware.bin',
    why: "the booted image's own copy of the firmware that release-info names",
  },
  'paths.cmdline': { type: 'text', default: '/proc/cmdline', why: 'says which slot is booted' },
  'paths.boot-id': {
    type: 'text',
    default: '/proc/sys/kernel/random/boot_id',
    why: 'tells kernel boots apart',
  },
  'paths.uptime': {
    type: 'text',
    default: '/proc/uptime',
    why: 'seconds since the kernel booted, for the confirm deadline',
  },
  'paths.io-pressure': {
    type: 'text',
    default: '/proc/pressure/io',
    why: 'how much tasks wait for I/O, for `download.pause-at-io-pressure`',
  },
  'paths.time-synchronised': {
    type: 'text',
    default: '/run/systemd/timesync/synchronized',
    why: 'exists once the clock was set by the network',
  },
  'trust.threshold': {
    type: 'integer',
    default: 1,
    min: 1,
    max: 16,
    unit: 'keys',
    why: 'distinct trusted keys that must have signed a release',
  },
  'boot-control.backend': { type: 'text', default: 'android-misc', why: 'format of the boot control' },
  'boot-control.path': {
    type: 'text',
    default: undefined,
    why: 'partition, file, command or fw_env.config of the boot control; bootctl/README.md says which',
  },
  'boot-control.name-a': { type: 'text', default: 'A', why: "what the boot loader's variables call slot a" },
  'boot-control.name-b': { type: 'text', default: 'B', why: "what the boot loader's variables call slot b" },
  'boot-control.counting': {
    type: 'text',
    default: 'donabe',
    why: 'who counts boots: donabe, the boot scripts in systemd/; vendor, one that counts good slots as well; bootcount, U-Boot itself',
  },
  'boot-control.trial-mark': {
    type: 'text',
    default: '',
    why: 'backend script: file that keeps the trial mark, outside the slots',
  },
  'boot-control.booted-command': {
    type: 'list',
    default: [],
    least: 0,
    most: 16,
    why: 'program and arguments that print the boot name of the booted slot, beside what the kernel command line says',
  },
  'boot-params.path': {
    type: 'text',
    default: '',
    why: "memory device, nvmem cell or file with the boot loader's parameter page; empty: there is none",
  },
  'boot-params.offset': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 2 ** 52,
    unit: 'bytes',
    why: 'where the page begins in it',
  },
  'boot-control.tries': {
    type: 'integer',
    default: 3,
    min: 1,
    max: 7,
    unit: 'boots',
    why: 'people unplug a cooker: one boot is too few; a format that holds fewer gives what it has',
  },
  'server.base-urls': {
    type: 'list',
    default: [],
    least: 0,
    most: 8,
    why: 'release folders, tried in order (mirrors), with places such as {product}; empty: only `donabe install`',
  },
  'server.poll-interval-s': {
    type: 'integer',
    default: 3600,
    min: 1,
    max: 604_800,
    unit: 's',
    why: 'an hour: 10,000 devices ask three times a second',
  },
  'server.poll-jitter-percent': {
    type: 'integer',
    default: 10,
    min: 0,
    max: 50,
    unit: '%',
    why: 'keeps a fleet that lost power together from asking together',
  },
  'server.ca-file': {
    type: 'text',
    default: '',
    why: 'PEM file of the certificate authority; empty: those of Node',
  },
  'server.client-certificate': { type: 'text', default: '', why: 'PEM file for a server that wants one' },
  'server.client-key': { type: 'text', default: '', why: 'PEM file that belongs to it' },
  'server.headers-file': {
    type: 'text',
    default: '',
    why: 'lines of `Name: value`, such as a log-in, that are sent to the base URLs and to nobody they redirect to; empty: none',
  },
  'server.byte-budget': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 2 ** 40,
    unit: 'bytes',
    why: 'most that one release may cost; 0: 1.2 times its smallest complete way plus 5 MiB',
  },
  'server.metered': {
    type: 'boolean',
    default: true,
    why: 'false: where the byte budget is 0, it lets every chunk of a delta fall to its full frame',
  },
  'server.connect-timeout-s': {
    type: 'integer',
    default: 15,
    min: 1,
    max: 300,
    unit: 's',
    why: 'a mobile link needs some seconds, a dead one should not hold the walk',
  },
  'server.idle-timeout-s': {
    type: 'integer',
    default: 60,
    min: 1,
    max: 3600,
    unit: 's',
    why: 'silence in a body after which the connection is given up',
  },
  'server.rate-limit': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 2 ** 40,
    unit: 'bytes/s',
    why: 'most that is received, so that others can use the line; 0: as fast as the line',
  },
  'server.least-rate': {
    type: 'integer',
    default: 128,
    min: 0,
    max: 2 ** 20,
    unit: 'bytes/s',
    why: 'a body that is slower over the idle timeout is given up and asked for again; a tenth of the slowest mobile line; 0: it may crawl',
  },
  'download.pause-while-cooking': {
    type: 'boolean',
    default: false,
    why: 'true: nothing is fetched while the MCU is busy, where flash and radio share its supply or its noise',
  },
  'download.pause-at-io-pressure': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 100,
    unit: '%',
    why: 'share of 10 s in which tasks wait for I/O that pauses the download, for ten minutes at most; its own writes count too; 0: never',
  },
  'checkpoint.bytes': {
    type: 'integer',
    default: 16 * 1024 * 1024,
    min: 65_536,
    max: 2 ** 30,
    unit: 'bytes',
    why: 'most that a power cut costs, against wear by flushing',
  },
  'checkpoint.interval-ms': {
    type: 'integer',
    default: 2000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    why: 'the same, for slow lines',
  },
  'mcu.port': { type: 'text', default: '', why: 'serial port of the MCU; empty: a product without one' },
  'mcu.baud-rate': {
    type: 'integer',
    default: 9600,
    min: 1200,
    max: 4_000_000,
    unit: 'baud',
    why: 'what every MCU can do without a crystal',
  },
  'mcu.parity': {
    type: 'choice',
    default: 'none',
    values: ['none', 'even', 'odd'],
    why: 'some boot loaders in ROM speak with even parity only',
  },
  'mcu.crc': {
    type: 'choice',
    default: 'xmodem',
    values: Object.keys(CRC_VARIANTS) as CrcVariant[],
    why: 'the CRC-16 of the vendor; mcu-bridge/README.md says how to tell which',
  },
  'mcu.byte-order': {
    type: 'choice',
    default: 'high-first',
    values: BYTE_ORDERS,
    why: 'order of the two CRC bytes on the line; fields are little-endian in any case',
  },
  'mcu.max-payload': {
    type: 'integer',
    default: MAX_PAYLOAD,
    min: LEAST_MAX_PAYLOAD,
    max: MAX_PAYLOAD,
    unit: 'bytes',
    why: 'an MCU with little memory takes shorter frames',
  },
  'mcu.numbered': {
    type: 'boolean',
    default: true,
    why: 'false: a bare MCU whose frames carry no number; then only what changes nothing is asked again',
  },
  'mcu.poll-interval-ms': {
    type: 'integer',
    default: 5000,
    min: 50,
    max: 20_000,
    unit: 'ms',
    why: 'how often a busy cooker is asked whether it is done; its answer counts for 60 s (rule 8)',
  },
  'api.enabled': { type: 'boolean', default: true, why: 'false: there is no local API' },
  'api.socket': {
    type: 'text',
    default: '',
    why: 'socket to look and to act, for owner and group (0660); empty: `api.sock` in `paths.run`',
  },
  'api.look-socket': {
    type: 'text',
    default: '',
    why: 'socket that only shows, for everybody on the device (0666); empty: `look.sock` in `paths.run`',
  },
  'api.tcp-port': {
    type: 'integer',
    default: 0,
    min: 0,
    max: 65_535,
    unit: 'port',
    why: 'on 127.0.0.1, to look and to act, with the token; 0: no TCP',
  },
  'api.token-file': {
    type: 'text',
    default: '',
    why: 'bearer token of the TCP port, 16 to 256 visible characters, in a file that others cannot read',
  },
  'confirm.deadline-s': {
    type: 'integer',
    default: 600,
    min: 10,
    max: 86_400,
    unit: 's',
    why: 'after the kernel booted; a trial that is not marked good by then goes back',
  },
  ...GATE_ROWS,
  ...MEDIA_ROWS,
  ...REPORT_ROWS,
  ...EVIDENCE_ROWS,
  ...TELLING_ROWS,
  ...DATA_ROWS,
  'reboot.command': {
    type: 'list',
    default: ['systemctl', 'reboot'],
    least: 1,
    most: 16,
    why: 'how the system is asked to reboot',
  },
} as const satisfies Record<string, ConfigRow>;

export type ConfigKey = keyof typeof CONFIG_TABLE;

type ValueOfRow<R extends ConfigRow> = R extends { type: 'integer' }
  ? number
  : R extends { type: 'boolean' }
    ? boolean
    : R extends { type: 'list' }
      ? readonly string[]
      : R extends { type: 'choice'; values: readonly (infer Value)[] }
        ? Value
        : string;

/** One value for each key of the table, under its dotted name. */
export type ConfigValues = { readonly [K in ConfigKey]: ValueOfRow<(typeof CONFIG_TABLE)[K]> };

/** Keys of one `[[health]]` entry. */
export const HEALTH_TABLE = {
  name: { type: 'text', default: undefined, why: 'shown when it fails' },
  command: {
    type: 'list',
    default: undefined,
    least: 1,
    most: 32,
    why: 'program and arguments; exit status 0 is healthy; no shell',
  },
  'timeout-s': {
    type: 'integer',
    default: 30,
    min: 1,
    max: 600,
    unit: 's',
    why: 'then its whole process group is killed',
  },
  retries: {
    type: 'integer',
    default: 2,
    min: 0,
    max: 100,
    unit: 'times',
    why: 'a service may need some seconds after boot',
  },
  'retry-pause-ms': {
    type: 'integer',
    default: 2000,
    min: 0,
    max: 600_000,
    unit: 'ms',
    why: 'between two of them',
  },
} as const satisfies Record<string, ConfigRow>;
