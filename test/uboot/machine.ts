/**
 * One emulated board: QEMU's arm64 `virt` machine with the distribution's U-Boot, one disk, and a console. It
 * knows power and text, nothing of slots or environments.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A power-on takes about a second per boot; a machine that is still on after this hangs. */
const LONGEST_RUN_MS = 30_000;
/** A board that resets for ever must not fill the memory. */
const MOST_CONSOLE_BYTES = 4 * 1024 * 1024;

const running = new Set<ChildProcess>();

/** The board did not do what a board does. `console` is what it said until then. */
export class BoardError extends Error {
  readonly #console: string;

  constructor(message: string, console: string) {
    super(message);
    this.name = 'BoardError';
    this.#console = console;
  }

  get console(): string {
    return this.#console;
  }
}

/** Files of one board; U-Boot's two flash banks are only read. */
export interface Board {
  readonly firmware: string;
  readonly settings: string;
  readonly disk: string;
}

/**
 * Switches the board on and returns its console when it is off again: by itself, or cut off by a SIGKILL as soon
 * as the console matches `cutAt`. A guest that resets stays in the same run.
 */
export async function powerOn(board: Board, cutAt?: RegExp): Promise<string> {
  // The kernel ends the board with its parent, however that ends; `setpriv` becomes QEMU, so we reap it ourselves.
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', ...commandOf(board)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const overdue = setTimeout(() => qemu.kill('SIGKILL'), LONGEST_RUN_MS);
  running.add(qemu);
  let console = '';
  let complaints = '';
  let cut = false;
  qemu.stdout.setEncoding('latin1').on('data', (text: string) => {
    if (cut) return;
    console += text.replaceAll('\r', '');
    cut = cutAt?.test(console) ?? false;
    if (cut || console.length > MOST_CONSOLE_BYTES) qemu.kill('SIGKILL');
  });
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  try {
    const [status] = await once(qemu, 'close');
    if (status === 0 || cut) return console;
    throw new BoardError(`the board did not switch off (status ${status}) ${complaints}`, console);
  } finally {
    clearTimeout(overdue);
    running.delete(qemu);
  }
}

/** Ends every board of this program. For its own end. */
export function killBoards(): void {
  for (const qemu of running) qemu.kill('SIGKILL');
}

function commandOf({ firmware, settings, disk }: Board): readonly string[] {
  const flash = (unit: number, file: string): readonly string[] => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,readonly=on,file=${file}`,
  ];
  return [
    'qemu-system-aarch64',
    ...['-M', 'virt', '-cpu', 'cortex-a53', '-m', '256', '-accel', 'tcg'],
    ...['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-nic', 'none'],
    ...flash(0, firmware),
    ...flash(1, settings),
    ...['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-device,drive=disk'],
  ];
}
