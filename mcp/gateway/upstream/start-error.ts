/** Why an upstream could not be started or added. */
export class UpstreamStartError extends Error {
  override readonly name = 'UpstreamStartError';
  /** HTTP status that tells it to whoever registers (400, 409, 429, 502 or 504). */
  readonly status: number;
  /** One word for programs. */
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}
