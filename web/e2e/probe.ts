declare global {
  interface Window {
    /** Every RTCPeerConnection the page made, closed ones too. */
    readonly connections: RTCPeerConnection[];
    /** Every phase the room has been in since the page loaded, and when (Date.now()). */
    readonly phases: { state: string; at: number }[];
  }
}

/** Runs in a page before its scripts, under either driver: lets the tests see what the page keeps to itself. */
export function probe(): void {
  const connections: RTCPeerConnection[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(c?: RTCConfiguration) {
      super(c);
      connections.push(this);
    }
  };
  const phases: { state: string; at: number }[] = [];
  new MutationObserver(() => {
    const state = document.getElementById('room')?.dataset.state;
    if (state && phases.at(-1)?.state !== state) phases.push({ state, at: Date.now() });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
  Object.assign(window, { connections, phases });
}
