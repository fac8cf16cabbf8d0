// One bundle for all pages; the address says which.
import "./app.css";
import { render } from "preact";
import type { ComponentType } from "preact";
import { AgentPage } from "./agent";
import { whoAmI, type Me } from "./api";
import { AuditPage } from "./audit";
import { CallersPage } from "./callers";
import { FlowPage } from "./flow";
import { MenusPage } from "./menus";
import { MessagesPage } from "./messages";
import { PasswordPage } from "./password";
import { PeoplePage } from "./people";
import { SignInPage } from "./signin";
import { SupervisorPage } from "./supervisor";
import { language, t } from "./texts";
import { TrunksPage } from "./trunks";

document.documentElement.lang = language;

const pages: Record<string, [string, ComponentType<{ me: Me }>]> = {
  "/agent": [t.myDesk, AgentPage],
  "/supervisor": [t.floor, SupervisorPage],
  "/messages": [t.messages, MessagesPage],
  "/menus": [t.menus, MenusPage],
  "/callers": [t.callers, CallersPage],
  "/trunks": [t.trunks, TrunksPage],
  "/flow": [t.flow, FlowPage],
  "/people": [t.people, PeoplePage],
  "/audit": [t.audit, AuditPage],
  "/password": [t.changePassword, PasswordPage],
};

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
  const [title, Page] = pages[location.pathname] ?? [t.myDesk, AgentPage];
  document.title = `${title} – Press Zero`;
  render(<Page me={me} />, document.body);
}

void main();
