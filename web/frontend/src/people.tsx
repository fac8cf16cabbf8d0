// Who may sign in, which queues each serves and what each can do.
import { useState } from "preact/hooks";
import { send, type Answer, type Levels, type Me, type User } from "./api";
import { useAnswer } from "./ask";
import { EditRow, type Texts } from "./edit";
import { Header } from "./frame";
import { Keeping } from "./keeping";
import { Persons } from "./persons";
import { t } from "./texts";

export function PeoplePage({ me }: { me: Me }) {
  const [editing, setEditing] = useState("");
  const [made, setMade] = useState<{ name: string; password: string } | null>(null);
  const users = useAnswer<Answer<"/api/v1/users">>("/api/v1/users");
  const list = users.answer?.users ?? [];
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="people-title">
          <div class="title-row">
            <h1 id="people-title">{t.people}</h1>
            <button onClick={() => setEditing("+")}>{t.addPerson}</button>
          </div>
          {users.error && (
            <p class="banner bad" role="alert">
              {users.error}
            </p>
          )}
          {made && (
            <p class="banner made" role="status">
              {t.passwordMade(made.name)} <code>{made.password}</code>
              <button onClick={() => setMade(null)}>{t.close}</button>
            </p>
          )}
          <div class="card scroll">
            <table class="callers">
              <thead>
                <tr>
                  <th>{t.name}</th>
                  <th>{t.role}</th>
                  <th>{t.queues}</th>
                  <th>{t.skills}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {editing === "+" && <Edit me={me} onClose={() => setEditing("")} onSaved={users.again} onMade={setMade} />}
                {list.map((u) =>
                  editing === u.name ? (
                    <Edit key={u.name} me={me} user={u} onClose={() => setEditing("")} onSaved={users.again} onMade={setMade} />
                  ) : (
                    <tr key={u.name}>
                      <th scope="row">{u.name}</th>
                      <td>
                        {u.disabled ? t.mayNotSignIn : (t.roles[u.role] ?? u.role)} {u.first_password && <span class="chip">{t.hasFirstPassword}</span>}
                      </td>
                      <td>{listed(u.queues, u.weights) || t.everyQueue}</td>
                      <td>{listed(byLevel(u.skills), u.skills)}</td>
                      <td>
                        <button onClick={() => setEditing(u.name)} aria-label={`${t.edit}: ${u.name}`}>
                          {t.edit}
                        </button>
                      </td>
                    </tr>
                  ),
                )}
              </tbody>
            </table>
            <p class="hint">{t.peopleHint}</p>
          </div>
        </section>
        <Persons />
        <Keeping />
      </main>
    </>
  );
}

const byLevel = (skills: Levels) => Object.keys(skills).sort((a, b) => skills[b]! - skills[a]! || a.localeCompare(b));

/** listed writes names with their numbers: "support=2, sales". A queue may have a weight though all are served. */
export function listed(names: string[], numbers: Levels): string {
  const all = [...names, ...Object.keys(numbers).filter((n) => !names.includes(n))];
  return all.map((n) => (numbers[n] ? `${n}=${numbers[n]}` : n)).join(", ");
}

/** parseListed takes apart what listed writes. What is no number becomes 0, which the server refuses with a sentence. */
export function parseListed(text: string): { names: string[]; numbers: Levels } {
  const names: string[] = [];
  const numbers: Levels = {};
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const [name = "", number] = word.split("=");
    names.push(name);
    if (number !== undefined) numbers[name] = /^\d+$/.test(number) ? Number(number) : 0;
  }
  return { names, numbers };
}

interface EditProps {
  me: Me;
  user?: User;
  onClose: () => void;
  onSaved: () => Promise<void>;
  onMade: (made: { name: string; password: string }) => void;
}

function Edit({ me, user: u, onMade, ...row }: EditProps) {
  const [generate, setGenerate] = useState(false);
  async function save(text: Texts) {
    const queues = parseListed(text("queues"));
    const skills = parseListed(text("skills"));
    for (const name of skills.names) skills.numbers[name] ??= 5; // can do it, and nobody says how well
    const work = { queues: queues.names, weights: queues.numbers, skills: skills.numbers };
    if (!u) {
      const name = text("name").trim();
      const chosen = generate ? { generate } : { password: text("password") };
      const added = await send<{ password?: string }>("POST", "/api/v1/users", { name, role: text("role"), ...chosen, ...work });
      if (added.password) onMade({ name, password: added.password });
      return;
    }
    const path = `/api/v1/users/${encodeURIComponent(u.name)}`;
    await send("PUT", `${path}/work`, work);
    if (u.name !== me.name && text("role") !== u.role) await send("PUT", `${path}/role`, { role: text("role") });
    if (generate) {
      const set = await send<{ password: string }>("PUT", `${path}/password`, { generate });
      onMade({ name: u.name, password: set.password });
    } else if (text("password")) await send("PUT", `${path}/password`, { password: text("password") });
    const disabled = text("disabled") === "on";
    if (disabled !== u.disabled) await send("PUT", `${path}/disabled`, { disabled });
  }
  return (
    <EditRow head={u?.name} columns={4} save={save} {...row}>
      {!u && (
        <label>
          {t.name}
          <input name="name" maxLength={40} autoComplete="username" required />
        </label>
      )}
      {u?.name !== me.name && (
        <label>
          {t.role}
          <select name="role" defaultValue={u?.role}>
            {Object.entries(t.roles).map(([role, word]) => (
              <option key={role} value={role} selected={role === u?.role}>
                {word}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="wide">
        {t.queues}
        <input name="queues" autoComplete="off" defaultValue={u && u.queues.length > 0 ? listed(u.queues, u.weights) : ""} placeholder={t.everyQueue} />
        <span class="hint">{t.queuesHint}</span>
      </label>
      <label class="wide">
        {t.skills}
        <input name="skills" autoComplete="off" defaultValue={u && listed(byLevel(u.skills), u.skills)} />
        <span class="hint">{t.skillsHint}</span>
      </label>
      <label>
        {u ? t.newPassword : t.password}
        <input name="password" type="password" autoComplete="new-password" minLength={8} required={!u && !generate} disabled={generate} />
      </label>
      <label class="tick">
        <input type="checkbox" name="generate" checked={generate} onChange={(e) => setGenerate(e.currentTarget.checked)} /> {t.generate}
      </label>
      {u && (
        <label class="tick">
          <input type="checkbox" name="disabled" defaultChecked={u.disabled} /> {t.mayNotSignIn}
        </label>
      )}
    </EditRow>
  );
}
