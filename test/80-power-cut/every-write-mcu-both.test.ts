/** Board and MCU hang on one plug: a kitchen without power. */
import { describeEveryWriteWithMcu } from './every-write-mcu.ts';

describeEveryWriteWithMcu('both', 11);
