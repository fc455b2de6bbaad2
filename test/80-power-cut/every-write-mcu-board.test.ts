/** The board alone stops, at a durable write of its own or of the MCU, which goes on with whatever it was told. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('board', 12);
