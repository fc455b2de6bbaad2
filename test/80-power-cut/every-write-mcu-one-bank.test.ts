/** An MCU with a single bank has nothing to fall back to: its boot loader waits for what the board brings. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('both', 13, 1);
