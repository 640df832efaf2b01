/** Lets the event loop turn: what others wait for is done before work goes on. Node alone. */
export const nextTurn = (): Promise<void> => new Promise((done) => void setImmediate(done));
