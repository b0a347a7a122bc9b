"""The addresses of the API; what is none of them answers as something that may not be seen."""

from django.urls import URLPattern, URLResolver, path, re_path

from casedesk.api import acting, campaigns, desk, imports, laws, peers, reading
from casedesk.api.view import NotHere

urlpatterns: list[URLPattern | URLResolver] = [
    path("token", desk.TokenView.as_view()),
    path("files", desk.FilesView.as_view()),
    path("complaints", acting.ComplaintsView.as_view()),
    path("complaints/<uuid:id>", reading.ComplaintView.as_view()),
    path("complaints/<uuid:id>/timeline", reading.ComplaintTimeline.as_view()),
    path("complaints/<uuid:id>/limits", reading.ComplaintLimits.as_view()),
    path("cases", reading.CasesView.as_view()),
    path("cases/<uuid:id>", reading.CaseView.as_view()),
    path("cases/<uuid:id>/timeline", reading.CaseTimeline.as_view()),
    path("cases/<uuid:id>/limits", reading.CaseLimits.as_view()),
    path("cases/<uuid:id>/imports", imports.ImportsView.as_view()),
    path("imports/<uuid:id>", imports.ImportView.as_view()),
    path("transfers", reading.TransfersView.as_view()),
    path("transfers/<uuid:id>", reading.TransferView.as_view()),
    path("reception-days", desk.ReceptionDaysView.as_view()),
    path("special-inspections", campaigns.CampaignsView.as_view()),
    path("special-inspections/<uuid:id>", campaigns.CampaignView.as_view()),
    path("special-inspections/<uuid:id>/change", campaigns.CampaignChange.as_view()),
    path("special-inspections/<uuid:id>/entries", campaigns.EntriesView.as_view()),
    path("special-inspection-entries/<uuid:id>", campaigns.EntryView.as_view()),
    path("special-inspection-entries/<uuid:id>/findings", campaigns.FindingsView.as_view()),
    path("law-proposals", laws.LawProposalsView.as_view()),
    path("law-proposals/<uuid:id>/decide", laws.LawDecide.as_view()),
    path("law-proposals/<uuid:id>/withdraw", laws.LawWithdraw.as_view()),
    path("queue", reading.QueueView.as_view()),
    path("queue/complaints", reading.WaitingView.as_view()),
    path("peers/<slug:agency>/messages", peers.MessagesView.as_view()),
    path("approvals", acting.ApprovalsView.as_view()),
    path("approvals/<uuid:id>/decide", acting.DecideView.as_view()),
    path("approvals/<uuid:id>/withdraw", acting.WithdrawView.as_view()),
    *(path(route, view.as_view()) for route, view in acting.act_views()),
    re_path("", NotHere.as_view()),
]
