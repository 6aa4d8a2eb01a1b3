using BeastOrleans.Upstreams.OpenAI;
using BeastOrleans.Upstreams.Translation;

namespace BeastOrleans.Upstreams.Http;

/// <summary>An upstream that is asked by way of chat completions, whatever its client speaks.</summary>
internal abstract class ChatUpstream(UpstreamHttp http, TimeProvider time) : HttpUpstream(http, time)
{
    protected sealed override PreparedRequest Prepare(UpstreamCall call) =>
        call.Request.TryGetChat(call.Target.Model, out var chat, out var defect)
            ? Prepare(call, chat).With(chat.Dropped)
            : PreparedRequest.Refused(new FieldRefusal(defect.Message, defect.Param ?? ""));

    /// <summary>The chat request in the endpoint's dialect, or what of it cannot be said there.</summary>
    protected abstract PreparedRequest Prepare(UpstreamCall call, ChatRequest chat);
}
