/** The MCU alone stops, at a durable write of its own or of the board, which goes on; it is back seconds later. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('mcu', 12);
