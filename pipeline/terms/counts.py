"""How many research abstracts hold a word: stems by the least share of abstracts that hold them.

Counted over 6,849 abstracts of four computer-science listings of arXiv (cs.AI, cs.CL, cs.CR, cs.LG), November 2025.
A stem that is not here stands in fewer than six of a thousand abstracts.
"""

SHARES: dict[float, str] = {
    0.2: """
accurac achiev address analysis approach benchmark challeng compar complex data dataset demonstr design
enabl enhanc evalu exist exper first framework gener high improv inform integr introduc languag larg learn
limit llm method model mult often optim paper perform present process propos provid real remain requir
result robust scal show significant stat structur stud system task time train work
""",
    0.1: """
adapt advanc agent ai algorithm align appl applic architectur art assess avail awar baselin capabil captur
class code combin comput computation condition consistent context cost crit cross current decision deep
deplo detection develop different direct distribution divers domain driven due dynam effect effectiv
efficienc efficient environ establish explor extens featur find fine focus found full function furth gap
general guid highlight human ident imag includ inferenc input interpret key knowledg lead level leverag like
low machin maintain making mechanism metr multipl natur network neural non object offer open oper outperform
paramet particular potent pract predict prediction preserv prior problem quality reason recent reduc reli
rely represent research sampl scenario scor semant sett singl solution sourc spac specif standard strateg
strong support techniqu test text thre transform understand valid vari world
""",
    0.05: """
abil acceler access accur action activ addition adversar allow analyz annot attack attention augment autom
averag balanc becom behav best bett beyond bias bound bridg build case caus centr chang clos com common
component comprehens conduct consistenc constrain constraint construct content continuous contrast control
controll core correct creat cruc defin degrad demand deriv detect difficult diffusion dimension embed emerg
empir emplo encod end ensur error especial essent estim exhibit experiment expert explicit extend extract
face factor fail fast field final follow form four free fundament futur gain generat github glob gradient
grain graph ground guarant http hybrid impact implement incorpor increas increasing indic inherent insight
intelligenc interaction investig issu joint label lack latent layer lightweight linear local long loss lower
make match mean measur memory minim mitig modal modul multimod need nois number observ order output overall
pair paradigm path pattern phys pipelin plan point policy power pre previous principl private prob produc
progress promis prompt propert quant quer question rang rapid rate rath refin region reinforc relat resourc
respons retriev reve risk role safe second secur select selection self sequenc serv set sever shar shift
shot signal similar simpl simul size small solv spat specifical stabil stag step struggl substant success
suff suggest suit super supervis synthet systemat target tempor term theory thereb token tool trad tradition
tuning type typical unif updat user util valu various vary verif vision visu weight well wide yield zero
""",
    0.025: """
3d account accurat additional adjust adopt advantag affect after aggreg agnost aim along alternat analyt
answ answer approxim area argu artific assign assist assoc assum assumption attribut automat automatical
autonomous avoid backbon base befor benefit binar block bottleneck boundar box broad built calibr call
candid cannot capabl capacity categor chain character characterist choic classif clin cluster co cognit
collabor collaborat collect commun communic compact comparison competit complementar complet compris
compromis computational concept concern confidenc configur confirm consider consist construction contain
contextu continu contribut contribution convention convergenc convolution coordin correl correspond coupl
cover coverag curat custom decod deliv dens depend dependenc depth detail determin devic differenc digit
direction discover discret dist distill distinct distribut docu downstream driv dual dynamical earl edge
effort elimin empirical energ enforc engineer entir entrop event evidenc evolution evolv examin exampl
execut execution expect expens experienc explain explan exploit extern extraction f1 facilit failur fair
fami feedback fidel five fixed flex flow forecast formul forward frequenc fusion gaussian generaliz geometr
given goal govern gpt great group grow handl hard hardwar health help heterogeneous hierarch histor ii impl
implicit import important independent individu induc industr influenc init inspir inst instead instruction
intelligent intens interact interfac intern intervention involv iterat judg known latenc length less
linguist link literatur logic loop main major manag manipul manu map mapp mask mathemat matrix maxim medic
methodolog modern monitor motiv near next node numer obtain onlin organ origin outcom overcom overhead
overlook parallel part pass patient perception personal perspect perturb phas platform play poor popular
pose posit position post powerful practic precis precision preferenc pretrain prevent primar probabilist
procedur program project protocol prov prove publ public purpos random rank read realist recognition
recommend reconstruction record reduction referenc reflect regression regular relationship releas relevant
remark remov report reproduc resolution respectiv reveal review reward rich rigorous rl robot rule scarc
schem scienc scientif search segment sens sensit sensitiv separ series shap short shown simultaneous six
smooth soci softwar span spars spec special stabl statist stochast styl subset substantial successful
surpass synthes synthesis systematical tailor technolog textu theor thought threat togeth top trac track
trajector transf transl treat tuned uncertaint underl underscor uniqu unit unlik unseen variant vector video
view vulner way weak wise workflow
""",
    0.0125: """
2d 4o 7b 8b ablation able absenc abstract accept accord acquisition act adaptiv adoption alloc alon alongsid
amount ampl anoma appear appropr approximat arbitrar aris around articl artifact aspect attain attempt auc
audio audit autoencod autoregress barr batch bayesian behavior bench biolog bit black boost brain branch
budget careful cell central certain channel check clar clean clear client clip cloud clust cnn coars coding
coefficient coherenc coherent collaps collection commerc comparat compl composition compress compression
concentr conflict connect connection consid consum consumption converg convers conversation convert convex
corpus correction count counterpart creation criterion critical cue cycl databas decentral decompos
decomposition decoupl deepseek defens degr deliver denois dependent describ description desir determinist
diagnosis diagnost dialogu diff discov discriminat discuss diseas distinguish divergenc domin draw drift
drop easi econom edit educ efficac eight element embod emergenc emotion emphas encourag engag engin english
enrich ensembl entity environment equal equation equip ethic exact exceed excel expand expertis expos
express expression extension extrem fact factu faithful fals far favor feasibil feder fewer filt filter
financ finit flexibil forc forget formal format foundation fram frequent front fundamental game gemin gnn
gpu growth hallucin hand harmful head healthcar heav heterogen heurist hidden highest hind hinder hold
horizon hour hyperparamet idea identity ignor iii illustr imbal implic incomplet inconsistent incur index
infer informat infrastructur initial inject innov instruct insufficient intent inter interest intermed
intrins invariant invers isol item iter iterativ keep kernel landscap law least leav lens lie light
likelihood llama load location log made magnitud malicious mann manual margin mark market mass mater maximum
meaningful media meet merg messag meta million misalign miss mixed mixtur ml mllm mobil mode modif modific
modular motion move multilingu name narrow nativ natural navig necessar negat nlp nonlinear norm normal
notab nuanc occur offlin operation opportun orchestr orient outlin overfit overlap parameter participant
partition past patch pathwa persistent person phenomenon pixel plac popul poss potential preprocess presenc
priorit product production profil projection promot propag proprietar protect protection prototyp prun pure
qa qualitat quantitat quantum rag rais rare ratio raw reach recall recogn reconstruct recov recover
redundant regard regim relation relev reliab replac representat residu resilienc resolv respect restrict
retain retrain return reus round rout run runtim satisf scen schedul seamless seek selectiv semantical semi
sentenc sequent servic setup seven sharp side skill slow smart soft sole sophistic sota spectr speech speed
speedup split squar start steer stor storag stream strength strict student sub subject suboptim subsequent
sufficient summar superior supervision suppress surfac surrog surve sustain symbol tackl take taxonom teach
team techn tend textbf textit theoret theoretical think third threshold throughput tight topic topolog total
traf transfer transition transparenc transparent transport tree trend true trust trustworth truth tune turn
unclear uncov underexplor unexplor uniform universal unknown unsupervis upper usag useful variation variet
vehicl version viol visual vlm volum web whereas widespread window word workload year
""",
    0.006: """
3b absolut abstraction academ accessibil accompan accumul acoust acquir actor actu ad add adding addit
adherenc age agre aimed aiming allev almost alread alter altern always ambigu ambiguous analys anatom anch
api arithmet arm ask asr assistant asymmetr atom attract attribution authent authentic author auto auxiliar
back background backward bandwidth basic basis begin behaviour behind belief believ benign bert bidirection
billion bind biomed blind body break bring burden busi bypass cach calcul camera canc canon caption care
carlo carr cascad catastroph cent center charact chem chines choos chosen chunk cifar circuit claim claud
clim clinical clinician cognition cohort combinator come compat compet compil completion complic compos
comprehension comprehensiv conceptu concis conclud conclusion concret concurrent conform connectiv consensus
consequenc consequent constant contamin contextual cooperat cornerston corpora correspondenc corrupt cot
counterfactu covar cpu craft crucial cryptograph ct cultur cultural curation curriculum curv curvatur cyber
cybersecur dail date day de debat deca decad declin decreas dedic definition dela demograph descent descript
devi diagnos dimensional diminish discrepanc discrimin discussion disentangl dispar disrupt distortion divid
dl document dominant doubl draft dramatical drawn drug easy ecosystem education eeg electron elicit em
emergent emph emul encompass encount ended enough enterpris entr epistem equit equivalenc equivalent era
euclidean evolutionar exacerb exception excess exchang expansion exponent exposur expressiv extensiv extent
extra fall fault feas file fill finetun fit fl flash flaw fluctu fold footprint forest fost fraction
fragment friend frozen functional fuse fused gate gated gating gend generalis genuin give global good googl
gpus grad granular greed grid grpo guidelin harm harmon harness hoc homogeneous hop hundred hypothes
hypothesis id ideal imagenet imager imbalanc impair impos impract impress inconsistenc incorrect increment
induct inefficient infeas infinit injection innovat instant institution integ intend interferenc internal
internet interpol intersection interv intra intuit invar io iot irregular irrelevant iv jailbreak kg kind
lab labor largest last later layout leakag led legal lexic librar life line list littl live logist logit
look lora lstm mae mainstream mainten manifold manufactur markov math matric matt meanwhil mechan mechanist
medicin medium ment mere mesh metadata micro mild mimic mini minimum mining minor minut mislead mismatch mlp
mnist modell moder modest moe molecul molecular moment monit mont morpholog moving mri ms multivar music
mutu naiv named narrat nearest necessit neglect neglig neighb neighborhood net neuron newl news nine notabl
note notion now numerous obstacl ode once ongo ood opaqu opena operational optic optimal optimis option
oracl original orthogon outl outsid packag page pairwis parametr pars partial particip particl patholog
paving pde peak peer penalt peopl perceiv percent percentag perceptu perfect period persist persona
phenomena physical physiolog pivot plaus plug poison polynom pool posing possibil poster practical
practition predefin predominant preliminar pressur prevalent pric pro proact profession progressiv prohibit
prominent pron proportion protein proven prox proxim pseudo psycholog publish python quadrat quick qwen
qwen2 qwen3 r1 rating rational react realism reality receiv recip recurrent redundanc refer reflection
reformul refram regret regul regulator relativ relax remarkab remot render repe repla replic repositor
representation reproducibil request reshap resilient resist resnet respond restor retention rethink revers
revisit right rigid rise rmse rollout root routin runn sacrific safeguard satellit satisfaction saving scan
schema scop scratch screen script seed seen sent separat sft shallow shortcom showcas sign signatur signific
sim site situ slid societ sound spatial spatio spatiotempor speak spectrum spot spurious stack stak
stationar statistical stem strengthen stress strongest structural subspac subtl sum supp suscept switch
symmetr synchron synerg synergist table tabular tail temperatur templ temporal ten tens testb theorem thing
thorough thousand throughout tier timing toda tract tradeof traditional transaction transmission trial trig
trul tumor twin typic ultimat uncertain uncover undermin underperform underrepresent understood unlabel
unlearn unlock unnecessar unprecedent unrel unsafe unst unstructur urban urgent usabil usual v2 vae vanilla
vast veloc versatil viabl virtu vit vital vl vocabular voic voting wave weath whit whol width wireless worst
writ written
""",
}
