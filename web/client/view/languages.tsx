import type { JSX } from "preact";
import { useRoom } from "./context";

/** Languages repeats the switch of the page's head where the head is hidden. A choice reloads the page, which comes straight back. */
export function Languages(): JSX.Element | null {
  const { t } = useRoom();
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".langs a")];
  if (links.length === 0) return null;
  return (
    <nav class="languages" aria-label={t("room.language")}>
      <h3>{t("room.language")}</h3>
      <ul>
        {links.map((link) => (
          <li key={link.hreflang}>
            <a href={link.href} hreflang={link.hreflang} lang={link.lang} dir={link.dir as "ltr" | "rtl"} aria-current={link.ariaCurrent === "true" ? "true" : undefined}>
              {link.textContent}
            </a>
          </li>
        ))}
      </ul>
      <p>{t("room.language.text")}</p>
    </nav>
  );
}
