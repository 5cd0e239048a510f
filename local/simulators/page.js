// Refreshes the table every two seconds, and marks the rows that have changed since.
const table = document.getElementById("table");

const texts = () => new Map([...table.querySelectorAll("tr[id]")].map((row) => [row.id, row.textContent]));

async function refresh() {
  const here = new URL(location.href);
  here.searchParams.set("part", "table");
  try {
    const answer = await fetch(here);
    if (!answer.ok) throw new Error(answer.status);
    const before = texts();
    table.innerHTML = await answer.text();
    for (const row of table.querySelectorAll("tr[id]")) {
      row.classList.toggle("new", before.get(row.id) !== row.textContent);
    }
    document.body.classList.remove("away");
  } catch {
    document.body.classList.add("away");
  }
}

setInterval(() => document.hidden || refresh(), 2000);
document.getElementById("chooser").addEventListener("change", (event) => event.currentTarget.submit());
