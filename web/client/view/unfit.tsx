import type { JSX } from "preact";
import type { Translate } from "../core/i18n";

/** Unfit is all a browser sees that can hold no call. */
export function Unfit({ t }: { t: Translate }): JSX.Element {
  return (
    <section class="card">
      <h2>{t("room.unfit.title")}</h2>
      <p>{t("room.unfit.text")}</p>
    </section>
  );
}
