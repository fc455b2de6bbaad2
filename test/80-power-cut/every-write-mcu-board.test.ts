/** The board alone stops: the MCU goes on, in the middle of whatever it was told. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('board', 12);
