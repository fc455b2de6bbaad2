/** The MCU alone stops, and is back seconds later: the board goes on. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('mcu', 12);
