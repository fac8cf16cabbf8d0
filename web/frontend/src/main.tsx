// One bundle for all pages; the address says which.
import "./app.css";
import { render } from "preact";
import { AgentPage } from "./agent";
import { whoAmI } from "./api";
import { SignInPage } from "./signin";
import { SupervisorPage } from "./supervisor";
import { language, t } from "./texts";

document.documentElement.lang = language;

async function main(): Promise<void> {
  if (location.pathname === "/sign-in") {
    render(<SignInPage />, document.body);
    return;
  }
  const me = await whoAmI();
  if (!me) {
    location.replace("/sign-in");
    return;
  }
  const supervisor = location.pathname === "/supervisor";
  document.title = `${supervisor ? t.floor : t.myDesk} – Press Zero`;
  render(supervisor ? <SupervisorPage me={me} /> : <AgentPage me={me} />, document.body);
}

void main();
