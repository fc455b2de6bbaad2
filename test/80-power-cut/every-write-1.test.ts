import { describeEveryWrite } from './every-write.ts';

describeEveryWrite(1);
