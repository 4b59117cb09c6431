"""How likely a word comes back in the abstract in which it stands: stems by that share, rounded to steps.

Counted by benchmarks/count_topics.py over 6,849 abstracts (CC0) of four computer-science listings of arXiv (cs.AI,
cs.CL, cs.CR, cs.LG), November 2025. A stem that is not here is rare, or comes back in three of ten.
"""

RETURNING: dict[float, str] = {
    0.05: """
ablation abov abrupt absenc absent absolut abundant academia accommod accompan accord according accurat
acting actu add added adding addition additional adequ adequat adher adjacent administr adopt adoption
advent advoc affect aforemention aid aim aimed aiming akin albeit allow alon along alongsid alread alter
alternat although always analogous analyz anoth anthrop apart apparent appeal appropr appropriat approximat
architect aris around art artificial ask asking assum asymptotical attain attempt automatical avail avenu
avoid away bad becaus becom befor begin behind believ belong below benefic benefit besid breakthrough brief
bring broad broaden brought build built bypass byproduct cannot canon capabl careful catalog catalyz centur
cheap choos circular circumst circumvent clar clear clut coexist cognitiv cohen coincid collaborativ
collectiv com come commod comparativ compat compell compet competit competitiv complement comprehensiv
compris compromis computational conc conceptual concern conclud concret conduct confin confirm confl
confront connect consequenc consequent consid consider considerab consist consolid contain continual contrar
contribut conve convert cornerston corrobor could counterpart cover craft critical cruc crucial
cryptographical declin dedic deepen default definit deliv delv depend deriv describ despit destabil determin
devis diagnos diminish disclos disconnect disjoint dispersion disregard dissemin distant distinct
distinction distinguish distort diverg divid do does doing don done down downsampl dramat dramatical
drastical draw drawback due dynamical ease easi efficac effort eight eith elabor electrocardiogram
electroencephalogram electroencephalograph elev eleven elucid elus emerg emphas emphasis empirical emplo
empow empower en encompass encount encourag endow enjo enormous enrich ensur enter entir equip equivalent
erod erroneous escal especial essent essential establish eventual ever everyda exacerb examin exceed excel
excell excellent exception exceptional excess exclusiv exempl exhaust exhibit existenc expand expens exper
experiment experimental explanator exponential expos extens extensiv extent external extra face faced
facilit facing facto fail fall fallback far favor fewer fill final finer fixing flag flaw flexib fluent
focus formalism fost foster frequent friend fulfill fundament fundamental furth furthermor fuse fusing
garner gath gather geometrical german github give global gradual grant great groundwork grow halt hamper
handcraft handful handl happen harness having heav heighten henc here hide hierarchical highlight hind
hinder hing historical hold hope hot howev href http huge hundred hypothes identical ignor ii iii illustr
illustrat immed immediat impactful impl implaus implic important impos imposs impract impress inabil
inaccess inaccur inaccurac inadequ inadvertent incompat inconsistent incorpor incorrect increasing
incremental incur indeed indispens indistinguish ineffect inefficienc inefficient inevitab infeas inflex
informativ ing ingredient inherent inherit innov innovat innovativ insert inspect instant instead instill
institut insufficient interconnect interdependenc interdependent interpla interven intract intric
introduction intuition intuitiv investig invis invit involv io iterativ itself just keep kind lab laborious
lack largest last later latest latt lay laying leav led less let lett lie lightgbm littl logg lose lowest
lpip made main mainstream major make mann manual marked mathematical matur meaningful meanwhil meet mere
merit meticulous might mild million millisecond mirror mistak modest modific moreov motiv mount much mujoco
multifacet naiv name natural nd necess necessar necessit negativ neglect neglig neith never nevertheless
newl nine none nonetheless nor notab notabl notic notorious now numerical numerous obscur obvious occur
offer once ongo onto opac opaqu opena operational oppos optional ordinar org original otherwis outlin
outperform outsid outstand overall overcom overlook oversimpl overwhelm owing pace paper paralleliz
paramount particular pave paving pearson percentil periodical permit perpetu persist pervas phenomena
photorealist pictur pinpoint pion pioneer plus poor popular portion posing positiv possess possibil
potential powerful practical preced predefin predominant preliminar prerequisit prescrib presenc prevail
prevalent primar profound progressiv prohibit prohibitiv prolifer prolong prominent promis promot pron
pronounc proper public purpos qualitat qualitativ quantitativ quick rais rapid rath rece recent reciproc
recogn reconcil recov redefin refram regard regardless register reinterpret relativ releas reliab rely
remark remarkab rend repeat repeated representat rescal resembl reshap respect respectiv respond responsiv
restrict restriction rethink reve reveal revolution rigor rigorous rise rising rotat routin runn sacrific
satisfactor saving seamless see seem seeming selectiv separat serious setup seven shannon shed shortag
shortcom showcas shown simp simplist sinc situation six slight slow smallest sole sometim soon sophistic
span spearman specifical spread stak stand standalon stark status stay stead still straightforward
strategical strengthen strik stringent strongest struggl submit suboptim subsequent substant substantial
substitut subtl succ sudden suff suffer suffic sufficient suggest suit super superfic superior suppl
supplementar surpass surprising suscept syntactical synthetical systematical tackl tailor take taken tedious
ten tend tendenc testb thank themselv then theoretical ther thereb therefor thorough though thousand
threaten threefold throughout thus tied toda togeth traditional trail transformat transparent triv truthful
tune twelv twofold typic typical ubiquitous uci ultimat unabl unavail unchang unclear unconstrain uncontroll
uncov uncover underexplor underl undermin underperform underpin underrepresent underscor understood
underutil undetect uneven unexplor unfortunat unintend unless unlik unnecessar unprecedent unpredict
unrealist unresolv unsolv unst unsuit untap until unveil upon urgent usual vanish variet vast versa versatil
vgg viabl vice visibil warrant weaken whenev whereas wherein whilst whos wide widen wider widespread
worldwid wors www yet yield your
""",
    0.1: """
abil able about accomplish account accur act actual acut adaptiv address adherenc adjust admit advantag
adversarial after agenda aggress agil alarm allev almost also altern among amount ampl analys analytical
annu anonymous any apis appl approv arbitrar area argu arrang asked assembl attest attract authent averag
back barr baselin basic basis bear beat been being bett beyond blend blueprint boost breadth bridg brittl
burden card carr cast ceil center certain character characterist chemical china chosen clos closest coco
codebas coherent combin common comp compan comparison competenc complementar complet complic compos
comprehend comprehens conceptu concis conclusion concurrent confident connection consecut consistent
constant constitut construct consum contemporar contextual contradict contribution convention convergent
copilot core corpora correspond cosin coupl creation crisis curat curation current curs date deal decad
decid declarat decompos decreas deficienc defin degrad deleg deliberat delin deliver demand demonstr desir
detail deterior dice dict did diff differ difficult dilemma discard discov discuss discussion dispers displa
disrupt divergent division domin dominant drawn drop dubb duplic ecosystem effectiv elicit elimin emit empir
emul encapsul encounter enforc enough entail equit era eras ethical europ evad even evident except exchang
excit exclud expect expertis explicit exploit explorator extend extensibil fabr familiar fashion favorab
feas feasibil fed feel femal first fit fitness five flatten flex flexibil flop fly follow formalis formul
foundation fragil freez frozen functional fused futur gain genuin get git given giving go goe going gold
gram grown half hamm held help highest hoc huggingfac humanev idea ideal ieee ill immens immers imped
imperat inappropr incentiv includ inclus inclusion increas independent india indic individual induc infl
influent informat information infrequent init initiat inquir insid insight inspir install instantaneous
intend intens intentional interactiv interdisciplinar interest internal internet intrinsical introduc
invalid invok iso isol issu iv jacobian json key know known labor launch lead leaderboard least legac
legitim lens lesson leverag libero linguistical literar living locat look loos losing lower magnitud
maintain manifest manu many mapp marginal mark mass mast matt maxim maximum may mb medi medium meter
microsoft minim minimal minor mirr misclass mislead misrepresent mix mmlu moder moderat modern modif most
moving multila multiplicat must mutual named narrow nasa nation national naturalist near need neighbor
neutral next nm no novel nuanc obtain offic offset often opportun optimum other out overestim overload
oversight overview own paid par partial partnership pathwa pay peak penal peopl perc percentag perceptron
perfect persistenc persistent phenomenon philosoph phras physician pick piecewis pivot plain plaus plug
policymak pose posed poss possib potent pract practic precis prefer prematur present press prevalenc prevent
preview previous priorit prisma pro problemat produc profit progress prominenc prop propens proportion
proprietar prospect prov proven psnr publ pure pursu push put quadrat quantitat quit raci radius rang raw
reach recast receiv recomput recur recursion recursiv redundant refer reflect reformul relev remain remed
repe repetit replac replic reproduc reproduction repurpos resampl resid resolv reson responsibil rest
restructur retain revis revisit rich rigid rival roadmap role root rough safeguard safer salient same scarc
school scratch second secondar seek seen semantical separ sequential seri sever shelf shorten should
signific simpl simultaneous situ skew snippet so societ solid some sonnet sort spark spatial specialis
specialist speed spur squar stakehold start steep stem straight streamlin strength strict strong subset
successful sufficienc suppress surround surveill susceptibil synergistical taking temporal tension
terminolog them thing third thos thre tier tight timescal titl tolerant too total toward tradeof trap
trigger true trul try tunabl twent twic umap uncertain undergo undergradu union uniqu university unlock
unman unrel upper url us usabil usabl used useful utilis various vary ve version versus vertex very viabil
visibl vital voltag wait warn warp watch way week well wer wheth why will winn within without witness worth
would wrap wrong young
""",
    0.15: """
abnorm abus acc access accessibil accumul acquir acquisition acycl addit advanc advertis afford against all
ambigu analyst anneal anonym api appear applic arra arriv artific ascent aspect asset assign assoc
assumption attach attend attenu audienc auto ax axis backbon backward bag balanc bellman best billion bin
biological both bottleneck break brier bright broadcast but calcul call capacity captur cdot centr certaint
characteris choic cite claud clinical clock clon coach coast coefficient collect column combinator
commonsens compact compar compatibil compens compl concaten concav concentr conferenc confound conjectur
conjunction conservat constrain construction consult converg correl correspondenc corrupt crawl creat crit
crowd cue cultiv cumulat custom cutt dail dangerous death debug deca decept defend deficit degr democrat
deni denot densenet dependent descript dev devi diagon diffus dimensional direct direction disciplin
discrepanc discrimin discriminat dispar dissimilar disturb doct document door dot download downstream
duration during each easy effect emergenc enabl entr equal equivalenc equivar etc exact exampl execut exist
expansion experienc explosion exponent express extension extern extract extrins fabric facil fact fami figur
find fixed fluctu fold fool footprint forc forgotten formal four fraction freedom french fresh friction full
gaming gap gb gemin gemma generaliz genr glm goal good googl gradu grammar granular grok growth gsm guidelin
had hard harm harmless harmon has have heatmap heterogen homogeneous hour hub hugg if imagenet impact
impercept implant implement import impuls incom incomplet inconsistenc individu induct infer influenc
initial inject inner inpaint insertion integ intelligent intermed intern intersection intuit invas invert
irregular irrelevant isotrop joint keyword kullback lag lagrangian landscap leibl licens lifecycl
lightweight like likelihood lime line link list liter literatur logarithm logical logist lookup lost making
massiv math mechan mechanism median mention metabol meteorolog mid militar mimic mind mine minut mismatch
mistr mitig mixing mnist monolith month mse multidimension multipl natur neurodegenerat neuroscienc neutr
not notation novelt np obstacl occup odd off omit only operation optima optimal option origin outd
overconfident overhead overlap overrid pack pairwis paradigm parallelism parameter partn past per perceiv
performant periodic perplex perspect photograph photon pillar plac play posit premis prevention principl
prior proceed productiv proficienc project promotion proposition provid publish pursuit python qual quantity
rare read realism realist reddit redesign reduc reduction regim regress regulator relat relevant reorgan
reparameter representation reproducibil requir resilient result retention retrain return roi roug satisf
scenario schem schema scop screenshot section seed select sensit sensor serial serv sett sex shallow sharp
sharpen short show shrink significant silhouett silico simplic sized social special speedup splin stabl
stall standard statistical stimul stochastic stok strid structural subtract success suggestion support
surger synerg synergist synonym syntax synthes systemat tamp techn tell terrain than therap thesis they thin
thread timestamp tion toler toolbox top toy tract trad tradition transient transmit transparenc treat trend
trick trip tripl triplet trustworth uk unbound uniform univar unobserv unseen up upload usag use util valid
vanilla variant verbos via visual wall want wast weak what when whit wise work worst written xgboost year
you
""",
    0.2: """
abnormal abstract academ accept achiev advers aeri age aging agnost agre ahead aided aircraft aleator alloc
ambiguous amino analyt anch anchor anticip anyth arch articl articul artifact assist asymmetr asymptot at
auxiliar backend background backpropag band be bertscor between bidirection bilingu black bleu blind
bootstrap breach buff cam capabil cardinal carlo case catastroph causal cent challeng chanc chat check
checkpoint chemistr child classroom clean coars code coder coherenc collection commerc commun comparat
compliant component compress computation condens configur consistenc consumption contextu continuous
contraction controll conversion convolution copy correct cost count cpus crim criterion critiqu cuda curv cv
cyberattack cycl damag dark dashboard deepseek dela deliber depart dependenc description develop differenc
different dirichlet disord divergenc divers dose doubl driven dropout earl ece ecolog econom economical
elast electron element ellipt emotional endpoint engag engin engineer environment epoch ethic eu euler
evidenc evolution evolv exogenous explor exposur extrem facet factor factual failur farm fast feed
feedforward fidel field filt filter finit fitt flip fluenc form forward fragment front gate gating generalis
geograph glass govern grad greed ground gru guarant guess hand height helpful hessian heurist hidden histor
hit holist hospit host hous html hyper hyperparamet ident idf illumin impair incent inception incompatibil
independenc index indirect induction infrastructur inspection inst institution instruct instrument integr
integrat intel intellectu inter interesting interfac interferenc internation interv intervention into
intrins inventor iou iter iterat its jump kl labell laborator late left lesion life lift light limit llama
llava load magnet maker margin master match mathemat mean medicin methodolog micro middl mimo mini misalign
miss mixed modular moment monit monoton mont more move multiplic mutu na nano nash nativ navig nearest
neighborhood nest neuroimag new normal normat number numer observ observation occurrenc old omission onboard
one open opponent organ orient orthogon oss outcom outer output over overfit ownership packag pair parent
part particip partition pass pca period physical pipelin pitfall pixel plausibil plot port position power
practition pragmat precision prepar preprocess preserv primit princip privileg proactiv procedur production
propag propert propos protect provision prox proxim psycholog psychometr quas qwen rater ratio rationale
reaction reality recall recip reconstruct record redundanc referenc refin reflection regist regul
relationship relax reli relu remov render renew request research resilienc resist resistant restor revision
roll room row run runtim sandbox satisfaction satur scaffold scalar season send sensitiv set shadow shar
shield shift shortcut shrinkag sided silo singl singular site size skin small snapshot softmax solution sota
sound spec specif spectrum spell spot ssim stabil stack stat stepwis stock stop strain strat strateg stress
stud styl stylist sublinear submission substr subtyp such supervision surfac sustain swap synchron tact tau
techniqu technolog term termin themat theor theorem theoret theory therapeut threshold through timestep
timing toolkit track transfer travers trunc truth tuned turbo twit two type unauthor unbalanc unbias
uncondition under unfair unif unimod unit unknown unsafe unstructur utter valenc valu vari vert virtual vl
volum volumetr vote vr warm wave websit western wher who whol wikipedia world youtub
""",
    0.25: """
abstention acceler acid across admiss advic aerospac agency aime amd analysis angular anisotrop anomalous
answer approach architectur artefact artist assess atmospher atom attitud auc audit automat bank base behav
benchmark bilstm binar biolog blood blur bm board body boundar brows budget bug bulk bus can candid car
categor caus cellular central chang chart chatgpt chron ck classif click clinician cm cognition cohort cold
collabor collaps color commit completion complex composit comprehension condition confidential confusion
congestion connectiv constraint continu contour contradiction contrast convers cooper corpus corruption cort
covert cpu creativ cultural curricula cut cve databas dataflow day db de debias decoupl defect definition
deform degener demo deplo depth descent design determinist dino disaggreg disagr disciplinar disclosur
discontinuous disentangl disruption distract driv efficienc efficient eigenvalu eigenvect electromagnet
encod ended enhanc entangl enumer environ equilibria euclidean exemplar expressiv eye faithful fals few fft
fid file finetun fire firm fish flash flat flight float fluid flux focal foreground format formula found fr
frag fram fraud free gated general grain hamiltonian heart heterogeneous hiding hilbert honest how
hypothesis identif iid imbalanc imperfect implicit imprecis improv incident industr inequal infinit input
instru int intelligenc interact interoper interpol interview invariant invest invoc it judg keypoint land
landmark laplacian lexic linguist liquid listen live location log longitudin loop loss lossless low macro
mainten malicious manag manuscript map markov matric max measur metadata metr min minimum mission misus mode
modell modul monocular monolingu morphological motif movi negat nomin non note notion nvidia offens older
oncolog onset oper opinion or orchestr order organization oscill pac page parallel parametr paraphras pareto
participant passag path pattern penalt permission permut person phi physiolog pilot pitch platform point
polar pool popul post pre pressur prob process profession profil prognosis prognost projection protection
prove pull puls pytorch quant race rate rated re react real recept recurrenc regression reject remot reorder
repetition report repositor resourc retrospect reus revers reweight rhythm right rmse rnn robust rotar rule
scan scienc scientist script secret sect sequent session shap shaple shortest sign signatur similar simul
skill slop slot sm smartphon smil smooth socio sourc spanish specific statist stereotyp stor street string
subject subproblem subtask suppression surpris symptom synchronous syntact synthesis tagg tangent target
telecommunic templ textbook textu tf their therm thes throughput tile tone tool topic topograph trac
transcription transition trust ultra understand undesir unfold univers universal unlabel updat upstream
using vend verb viewpoint viol visit vllm volatil voxel vs was which whil win wind window workflow writ
""",
    0.4: """
accident action ad adam adamw adapt affin african agi al algorithm align alpha amplitud antenna apt argument
arithmet associat attention attribution auroc auth authentic autoencod based batch bci belief beta bi bias
bind bioacoust biometr boolean bound branch breast by ca calibr canc cascad cc cert ch chain chaot chapt
chem chest children chip ci cifar cl class clim clip clust cluster codebook cognit collision comment
communic concept continuum control cooperat crash crossov cryptograph cs curriculum curvatur cybersecur
debat decod deletion demograph denois devic diabet dialogu disast discount discover displac distill
distribution distributional dit dnn docu dram drift dron earth educ efficientnet em email embod empath emph
encryption energ english ensembl entrop epsilon equation equilibrium estim et event exam expert explan fair
fault featur fiction financ forens fpga frac fract framework frequenc from fusion gan gat gatewa gend
generat geo geometr geospat gestur gpu gradient green group grpo hallucin hash hd head heat heritag hierarch
hop hpc human ice increment indian indo instruction intent intention interaction invers japanes jax kalman
knowledg korean label lambda latent lattic layer leaf legal lipschitz lo lora lr lstm lung mask mathrm
matrix mct mdp mechanist memory ment mesh metacognit method mi minima minimax mixtur mm mobil molecul moral
mpc mr mt multiclass multilingu multitask multivar negot net neural neuromorph neurosymbol news newton nli
node nois ode offlin offload olympiad omic omni onlin optim orbit ordin our outl packet particl patch
patient pediatr peer perform phonem pi plan plastic polit polynom poster predict prediction prefix pric
prompt prun pseudo purchas qa quantil qubit quer radar radio radiograph radiolog rank reconstruction rect
recurs red reinforc revenu rewrit rna road rope rotation rtl rubr safe sampl scal scen schedul scholar
screen sd se sea search self semant sens seq sft shot shuffl si side skip slic softwar spars spat
spatiotempor spectra sport star steer strok subspac swarm switch sycophanc symbol symmetr system table
tabpfn tail talk task td team tempor tens terrestr text textit tild time tissu trait trajector transcriptom
transform transport tree trial tt turing ucb uq urban user vae vehicl verif vessel view vision visu vocal
voic wasserstein water wavelet wear weath workshop yolov
""",
    0.5: """
acoust adversar ae ai allo ar as audio automata av bayesian beam bench bengal biomark bit bo brain cach cad
caption cardiac cd ce cell certific channel chatbot circuit clin cloud cnn compression conform contract
conversation convex counterfactu ct cultur da dag data ddpm deepfak defens depression dictionar dinov diseas
dl draft drug dt edit egocentr electric ell evolutionar fingerprint flow fmri food forget game gamma gaze
gene gener genom gnss heterophil hyperdimension il imag imput intrusion is item job kernel kolmogorov kv
languag ligand lingu lm lmm lrm mac malwar manifold manufactur market mathb mathc mcp medic membership memor
mia microscop microstructur ml modal moe molecular motion mult ner network neuron nuclear ocean ocr ontolog
pa pc pedestrian peft percent persona personal pet phenotyp phys plant plm pm policy pp precipit preferenc
prism private pyramid ran recommend regret reward rf rlvr rm robot sa sam satellit sc sde secur segment sent
series sketch sleep soil solar spatio spectr spik splat spoof sr station stealth student substitution surrog
surviv swe tabular teach this token traf train transaction triag ts tumor uav uncertaint underlin vqa
widetild wireless
""",
    0.6: """
agent alzheim and ann anoma arab arc arnold asr attack backdo bandit bangla bilevel blockchain byzantin
carbon client coreset cot cp csi detection dialect diffusion dm dp dr drl ecg eeg ehr emotion end
equivariant feder fi fl fm for forecast fuzz gena gnn graph gui hyperbol hypergraph icl id in iot jailbreak
kan kd kg learn llm lvlm ma mamba marl mf mllm model mri multimod music of on ood ot pde peptid pinn poison
prefetch protein ptq quantum rag reason retriev rl sae sdg sgd slm snn speculat speech spin sql ssl ssm st
steganograph textbf that the to tsfm ultrasound unlearn varepsilon video vit vla vlm watermark we wi wildfir
with
""",
}
