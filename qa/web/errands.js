// Put in front of the scripts that send events.

// Gradio may close its stream of answers in the moment in which an event is sent; what the server
// says of it then waits there for the stream of the next one. So while nothing comes, an empty
// event is sent, ever more seldom.
const LONGEST_WAIT = 10_000;

function insist(isWaiting, milliseconds = 400) {
  setTimeout(() => {
    if (!isWaiting()) return;
    window.datelineCourier?.nudge();
    insist(isWaiting, Math.min(2 * milliseconds, LONGEST_WAIT));
  }, milliseconds);
}

// Gradio drops an event that is sent while the last of its kind is under way. An errand waits
// instead, and of several that wait only the newest goes.
function errands(send) {
  let underWay = null;
  let waiting = null;
  return {
    run(data) {
      if (underWay) waiting = { data };
      else {
        const errand = (underWay = { data });
        send(data);
        insist(() => underWay === errand);
      }
    },
    // Told when the server has done, or failed; whether nothing waited.
    done() {
      underWay = null;
      if (!waiting) return true;
      const { data } = waiting;
      waiting = null;
      this.run(data);
      return false;
    },
  };
}
