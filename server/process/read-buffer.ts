/**
 * Where output is read into, by all sources in turn: whoever is given a chunk is done with it, or has copied it, when it
 * returns. The system hands over at most so much at a time.
 */
export const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
