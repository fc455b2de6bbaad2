/** Rule 16: what the command leaves for the walker that runs beside it. */

/** A durable wish left by the command beside a walker (rule 16). */
export type RequestVerb =
  | 'cancel'
  | 'confirm'
  | 'rollback'
  | 'pause'
  | 'resume'
  | 'upgrade'
  | 'force'
  | 'force-retry';
export interface WalkRequest {
  readonly id: number;
  readonly verb: RequestVerb;
  /**
   * For `force` and `force-retry`: where to install from. For `pause` and `resume`: empty. Else the slot that was
   * booted when it was asked, and after it, for `upgrade`, a blank and the wanted version if there is one.
   */
  readonly argument: string;
  readonly answer: string | undefined;
}
