// What the pages' modules expect of a browser, as far as the tests need it.
import { webcrypto } from "node:crypto";

const browser = {
  crypto: webcrypto,
  navigator: { languages: ["en-GB"] },
  location: { origin: "http://calls.example", pathname: "/agent" },
};
for (const [name, value] of Object.entries(browser)) Object.defineProperty(globalThis, name, { value, configurable: true });
