// CLDR plural categories of our languages, the same table as in Go; both are held to web/locales/plural_cases.json.
// Not Intl.PluralRules: it answers silently in another language where it knows none, as for Standard Moroccan Amazigh.

export type Plural = "zero" | "one" | "two" | "few" | "many" | "other";

/** plural gives the category of n; languages without rules here have only "other". */
export function plural(lang: string, n: number): Plural {
  const whole = Number.isInteger(n);
  switch (lang.split("-")[0]) {
    case "ar": {
      if (!whole) return "other";
      const hundred = n % 100;
      if (n === 0) return "zero";
      if (n === 1) return "one";
      if (n === 2) return "two";
      if (hundred >= 3 && hundred <= 10) return "few";
      return hundred >= 11 ? "many" : "other";
    }
    case "fr":
      if (Math.abs(n) < 2) return "one";
      return millions(n) ? "many" : "other";
    case "es":
    case "it":
      if (n === 1) return "one";
      return millions(n) ? "many" : "other";
    case "en":
    case "de":
    case "nl":
      return n === 1 ? "one" : "other";
    default:
      return "other";
  }
}

function millions(n: number): boolean {
  return n !== 0 && n % 1_000_000 === 0;
}
