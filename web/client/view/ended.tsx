import type { JSX } from "preact";
import type { State } from "../core/state";
import { focusHeading, useRoom } from "./context";
import { Recovery } from "./devices";

// Which way back each end leaves open; ends without one are final for this link.
const waysBack: Record<string, "here" | "return" | "again"> = {
  already_connected: "here",
  replaced: "here",
  left: "return",
  too_early: "again",
  capacity: "again",
  slow: "again",
  rate: "again",
  restart: "again",
  bad_message: "again",
};

/** Ended says why the hearing is over for this person, and what to do next: who has a docket is the one whom others are told to ask. */
export function Ended({ state }: { state: State }): JSX.Element {
  const { room, t, boot } = useRoom();
  const code = state.bye?.code ?? "left";
  const way = waysBack[code];
  const back = () => (way === "here" ? void room.join({ replace: true }) : way === "return" ? room.again() : location.reload());
  return (
    <section class="ended" aria-labelledby="ended-title" data-code={code}>
      <h2 id="ended-title" tabIndex={-1} ref={focusHeading}>
        {t(`reason.${code}.title`)}
      </h2>
      {!(code === "closed" && boot.docket) && <p class="lead">{t(`reason.${code}.text`)}</p>}
      <Recovery kind="microphone" access={state.microphone.access} />
      {way && (
        <button type="button" class="button" data-testid="back" disabled={state.joining} onClick={back}>
          {t(state.joining ? "room.join.busy" : `room.back.${way}`)}
        </button>
      )}
      {state.order.next?.path && (
        <p>
          <a class="button" href={state.order.next.path} data-testid="next-open">
            {t("room.bench.next.found", { reference: state.order.next.reference })}
          </a>
        </p>
      )}
      {boot.docket && (
        <p>
          <a href={boot.docket}>{t("room.ended.docket")}</a>
        </p>
      )}
      {way === "return" && boot.link_hint && <p>{boot.link_hint}</p>}
      <p class="reference">
        {t("room.ended.reference")} <bdi>{boot.hearing.reference}</bdi>
      </p>
    </section>
  );
}
